import pytest
from tests.core.sessions.test_views import running, PAGES
from systems_changers.core.cohorts.queries import plan_of
from systems_changers.core.sessions import service
from systems_changers.core.sessions.queries import session_view
from systems_changers.core.sessions.rules import *
def test_counts(doors):
    w=doors.world
    cohort, rows, parts = running(w)
    line = w.see(plan_of, cohort)[2]
    d=Delivery(tuple(PresenceEntry(p,"present") for p in parts.values()))
    s2=rows[0].id
    w.do(service.deliver,s2,d,w.see(session_view,s2).version)
    extra=("/sessions/{s}/write-up",)
    b = doors.come_in("morag"); a=doors.come_in("aileen")
    for path in PAGES+extra:
        where = path.format(c=cohort, s=rows[0].id, p=parts["aileen"], m=line.id, h=line.hash)
        for n,br in (("morag",b),("aileen",a)):
            br.get(where)
            with w.counted() as sent:
                r=br.get(where)
            print(n, r.status_code, len(sent), path)
    w.do(service.write_up,s2,"x",w.see(session_view,s2).version)
    w.do(service.correct_record,s2,RecordChanges(2),"Miscounted")
    for path in ("/sessions/{s}/","/sessions/{s}/correct"):
        where = path.format(s=s2)
        with w.counted() as sent: r=b.get(where)
        print(r.status_code,len(sent),path)
        open("/tmp/out_%s.html"%path.strip("/").replace("/","_").replace("{s}","sealed"),"w").write(r.text)

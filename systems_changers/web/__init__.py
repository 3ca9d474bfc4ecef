"""The page shell and the edge between HTTP and the services; knows a partner only as PartnerFacts."""

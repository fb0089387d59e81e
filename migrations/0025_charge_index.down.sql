create index donations_of_charge on donations (charge) where charge <> '';

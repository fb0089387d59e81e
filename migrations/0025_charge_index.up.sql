-- The constraint donations_charge of 0001 keeps an index of the same rows by the same
-- column: one is enough.
drop index donations_of_charge;

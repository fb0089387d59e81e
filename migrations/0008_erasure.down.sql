drop index recurring_donations_of_donor, donations_of_donor, invoices_customer;
drop table erased_objects, erasures, erasure_key;

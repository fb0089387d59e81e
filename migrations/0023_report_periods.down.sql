drop index postings_posted;

drop table closing_comparisons;

-- Several nodes on one book: a step of PostgreSQL alone. A file serves one machine, and its
-- processes meet at the compare-and-swap of the head.
select 1;

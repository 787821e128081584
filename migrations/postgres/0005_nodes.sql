-- Several nodes on one book: which of them sequences, and what the others hand in to it.
-- Not facts: they may all be lost. What keeps the history one is the compare-and-swap of the head;
-- the lease only spares the nodes a race for it.

create table portal.lease (
    id smallint primary key check (id = 1),
    node text not null check (length(node) between 1 and 200),
    ends timestamptz not null
);

insert into portal.lease (id, node, ends) values (1, 'nobody', '-infinity');

create table portal.submissions (
    seq bigint generated always as identity primary key,
    id bytea not null unique check (length(id) = 16),
    node text not null check (length(node) between 1 and 200),
    leaves bytea[] not null check (array_length(leaves, 1) between 1 and 4096),
    refused boolean not null default false,
    handed_in timestamptz not null default clock_timestamp()
);

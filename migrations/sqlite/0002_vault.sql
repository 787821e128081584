-- The vault: personal values, sealed, in a file of their own (vault.db) with its own backups.
-- To erase a person is to remove her key and her values; the log keeps digests only.

create table private_keys (
    owner text primary key check (length(owner) between 1 and 200),
    sealed blob not null check (length(sealed) between 1 and 65535)
) strict, without rowid;

create table private_values (
    digest text primary key check (length(digest) between 1 and 200),
    owner text not null references private_keys (owner),
    sealed blob not null check (length(sealed) between 1 and 16777216)
) strict, without rowid;

create index private_values_owner on private_values (owner);

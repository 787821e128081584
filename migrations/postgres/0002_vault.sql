-- The vault: personal values, sealed, in a schema of their own with its own backups.
-- To erase a person is to remove her key and her values; the log keeps digests only.

create schema vault;

create table vault.private_keys (
    owner text primary key check (length(owner) between 1 and 200),
    sealed bytea not null check (length(sealed) between 1 and 65535)
);

create table vault.private_values (
    digest text primary key check (length(digest) between 1 and 200),
    owner text not null references vault.private_keys (owner),
    sealed bytea not null check (length(sealed) between 1 and 16777216)
);

create index private_values_owner on vault.private_values (owner);

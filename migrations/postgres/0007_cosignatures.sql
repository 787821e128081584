-- What witnesses answered: their signed lines, and what contradicts this book.
-- Rows of neither table change or go: a cosignature is a statement, and evidence is evidence.

create table book.cosignatures (
    size bigint not null references book.checkpoints (size),
    name text collate "C" not null check (length(name) between 1 and 255),
    key_id bytea not null check (length(key_id) = 4),
    -- POSIX seconds, by the clock of the witness.
    time bigint not null check (time >= 0),
    line text not null check (length(line) between 1 and 2000),
    primary key (size, name, key_id, time)
);

create index cosignatures_by_witness on book.cosignatures (name, key_id, size, time);

create table book.evidence (
    id bigint generated always as identity primary key,
    found_ms bigint not null,
    -- The public key of the witness.
    witness text not null check (length(witness) between 1 and 1000),
    -- The size at which it holds another tree than ours, or more than we have.
    witnessed bigint not null check (witnessed >= 0),
    -- Our size when its answer came.
    ours bigint not null check (ours >= 0),
    status smallint not null check (status between 100 and 999),
    request bytea not null check (length(request) <= 131072),
    answer bytea not null check (length(answer) <= 131072)
);

create trigger cosignatures_never_change before update or delete on book.cosignatures
for each row execute function book.refuse();

create trigger cosignatures_stay before truncate on book.cosignatures
for each statement execute function book.refuse();

create trigger evidence_never_changes before update or delete on book.evidence
for each row execute function book.refuse();

create trigger evidence_stays before truncate on book.evidence
for each statement execute function book.refuse();

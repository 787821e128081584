-- What witnesses answered: their signed lines, and what contradicts this book.
-- Rows of neither table change or go: a cosignature is a statement, and evidence is evidence.

create table cosignatures (
    size integer not null references checkpoints (size),
    name text not null check (length(name) between 1 and 255),
    key_id blob not null check (length(key_id) = 4),
    -- POSIX seconds, by the clock of the witness.
    time integer not null check (time >= 0),
    line text not null check (length(line) between 1 and 2000),
    primary key (size, name, key_id, time)
) strict, without rowid;

create index cosignatures_by_witness on cosignatures (name, key_id, size, time);

create table evidence (
    id integer primary key autoincrement,
    found_ms integer not null,
    -- The public key of the witness.
    witness text not null check (length(witness) between 1 and 1000),
    -- The size at which it holds another tree than ours, or more than we have.
    witnessed integer not null check (witnessed >= 0),
    -- Our size when its answer came.
    ours integer not null check (ours >= 0),
    status integer not null check (status between 100 and 999),
    request blob not null check (length(request) <= 131072),
    answer blob not null check (length(answer) <= 131072)
) strict;

create trigger cosignatures_never_change before update on cosignatures
begin select raise(abort, 'a cosignature never changes'); end;

create trigger cosignatures_stay before delete on cosignatures
begin select raise(abort, 'a cosignature is never removed'); end;

create trigger evidence_never_changes before update on evidence
begin select raise(abort, 'evidence never changes'); end;

create trigger evidence_stays before delete on evidence
begin select raise(abort, 'evidence is never removed'); end;

-- The log: leaves as they were signed, the tree above them, the head, what was released.
-- The triggers are belt and braces: the proof that nothing changed is the tree.

create table leaves (
    idx integer primary key check (idx >= 0),
    id blob not null unique check (length(id) = 16),
    leaf blob not null check (length(leaf) between 1 and 65535)
) strict;

-- One growing row a tile: the partial tile of width W is the first W hashes of its row.
create table tiles (
    level integer not null check (level between 0 and 63),
    n integer not null check (n >= 0),
    hashes blob not null check (length(hashes) % 32 = 0 and length(hashes) between 32 and 8192),
    primary key (level, n)
) strict, without rowid;

-- The one row that a batch compares and swaps.
create table head (
    id integer primary key check (id = 1),
    size integer not null check (size >= 0),
    root blob not null check (length(root) = 32)
) strict;

-- The root of the empty tree is SHA-256 of nothing.
insert into head (id, size, root)
values (1, 0, x'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');

create table checkpoints (
    size integer primary key check (size >= 0),
    note blob not null check (length(note) between 1 and 65535)
) strict;

create trigger leaves_never_change before update on leaves
begin select raise(abort, 'a leaf never changes'); end;

create trigger leaves_stay before delete on leaves
begin select raise(abort, 'a leaf is never removed'); end;

create trigger checkpoints_never_change before update on checkpoints
begin select raise(abort, 'a checkpoint never changes'); end;

create trigger checkpoints_stay before delete on checkpoints
begin select raise(abort, 'a checkpoint is never removed'); end;

create trigger tiles_only_grow before update on tiles
when new.level is not old.level
    or new.n is not old.n
    or substr(new.hashes, 1, length(old.hashes)) is not old.hashes
begin select raise(abort, 'a tile only grows'); end;

create trigger tiles_stay before delete on tiles
begin select raise(abort, 'a tile is never removed'); end;

create trigger head_only_advances before update on head
when new.size <= old.size
begin select raise(abort, 'the head only advances'); end;

create trigger head_stays before delete on head
begin select raise(abort, 'the head is never removed'); end;

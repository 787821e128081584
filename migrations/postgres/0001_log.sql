-- The log: leaves as they were signed, the tree above them, the head, what was released.
-- The triggers are belt and braces: the proof that nothing changed is the tree.
-- The schema `book` itself is made by the store, with its table of migrations.

create table book.leaves (
    idx bigint primary key check (idx >= 0),
    id bytea not null unique check (length(id) = 16),
    leaf bytea not null check (length(leaf) between 1 and 65535)
);

-- One growing row a tile: the partial tile of width W is the first W hashes of its row.
create table book.tiles (
    level smallint not null check (level between 0 and 63),
    n bigint not null check (n >= 0),
    hashes bytea not null check (length(hashes) % 32 = 0 and length(hashes) between 32 and 8192),
    primary key (level, n)
);

-- Hashes do not compress.
alter table book.tiles alter column hashes set storage external;

-- The one row that a batch compares and swaps.
create table book.head (
    id smallint primary key check (id = 1),
    size bigint not null check (size >= 0),
    root bytea not null check (length(root) = 32)
);

-- The root of the empty tree is SHA-256 of nothing.
insert into book.head (id, size, root)
values (1, 0, '\xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');

create table book.checkpoints (
    size bigint primary key check (size >= 0),
    note bytea not null check (length(note) between 1 and 65535)
);

create function book.refuse() returns trigger language plpgsql as $$
begin
    raise exception 'a row of % never changes and is never removed', tg_table_name;
end
$$;

create trigger leaves_never_change before update or delete on book.leaves
for each row execute function book.refuse();

create trigger leaves_stay before truncate on book.leaves
for each statement execute function book.refuse();

create trigger checkpoints_never_change before update or delete on book.checkpoints
for each row execute function book.refuse();

create trigger checkpoints_stay before truncate on book.checkpoints
for each statement execute function book.refuse();

create trigger tiles_only_grow before update on book.tiles
for each row when (
    new.level <> old.level
    or new.n <> old.n
    or substr(new.hashes, 1, length(old.hashes)) <> old.hashes
)
execute function book.refuse();

create trigger tiles_stay before delete on book.tiles
for each row execute function book.refuse();

create trigger tiles_are_not_emptied before truncate on book.tiles
for each statement execute function book.refuse();

create trigger head_only_advances before update on book.head
for each row when (new.size <= old.size)
execute function book.refuse();

create trigger head_stays before delete on book.head
for each row execute function book.refuse();

create trigger head_is_not_emptied before truncate on book.head
for each statement execute function book.refuse();

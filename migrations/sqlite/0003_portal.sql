-- The portal's own tables: sessions, drafts, personal links. Not facts: they may all be lost.

create table sessions (
    secret_sha256 blob primary key check (length(secret_sha256) = 32),
    who text not null check (length(who) between 1 and 200),
    role text not null check (length(role) between 1 and 200),
    csrf text not null check (length(csrf) between 1 and 200),
    created_ms integer not null,
    expires_ms integer not null
) strict, without rowid;

create index sessions_expiry on sessions (expires_ms);

create table drafts (
    id text primary key check (length(id) between 1 and 200),
    kind text not null check (length(kind) between 1 and 200),
    payload text not null check (length(payload) <= 1048576),
    created_ms integer not null,
    expires_ms integer not null,
    version integer not null check (version >= 1)
) strict, without rowid;

create index drafts_kind on drafts (kind, created_ms, id);
create index drafts_expiry on drafts (expires_ms);

create table member_links (
    secret_sha256 blob primary key check (length(secret_sha256) = 32),
    member text not null check (length(member) between 1 and 200),
    created_ms integer not null
) strict, without rowid;

create index member_links_member on member_links (member);

-- The portal's own tables: sessions, drafts, personal links. Not facts: they may all be lost.

create schema portal;

create table portal.sessions (
    secret_sha256 bytea primary key check (length(secret_sha256) = 32),
    who text not null check (length(who) between 1 and 200),
    role text not null check (length(role) between 1 and 200),
    csrf text not null check (length(csrf) between 1 and 200),
    created_ms bigint not null,
    expires_ms bigint not null
);

create index sessions_expiry on portal.sessions (expires_ms);

create table portal.drafts (
    id text primary key check (length(id) between 1 and 200),
    kind text not null check (length(kind) between 1 and 200),
    payload text not null check (length(payload) <= 1048576),
    created_ms bigint not null,
    expires_ms bigint not null,
    version bigint not null check (version >= 1)
);

create index drafts_kind on portal.drafts (kind, created_ms, id);
create index drafts_expiry on portal.drafts (expires_ms);

create table portal.member_links (
    secret_sha256 bytea primary key check (length(secret_sha256) = 32),
    member text not null check (length(member) between 1 and 200),
    created_ms bigint not null
);

create index member_links_member on portal.member_links (member);

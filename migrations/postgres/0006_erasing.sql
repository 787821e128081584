-- An erasure under way: a row from the removal of somebody's rows until the tables hold no byte of them.
-- It names nobody. A start that finds one writes the vault anew.

create table vault.erasing (
    id bigint generated always as identity primary key
);

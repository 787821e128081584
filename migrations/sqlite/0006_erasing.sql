-- An erasure under way: a row from the removal of somebody's rows until the file holds no byte of them.
-- It names nobody. A start that finds one writes the vault anew.

create table erasing (
    id integer primary key autoincrement
) strict;

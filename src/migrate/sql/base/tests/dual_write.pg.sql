-- base.dual_write() keeps a column and its successor equal, whichever of the two a program knows.
begin;
select plan(12);

create schema scratch;
create table scratch.people (id integer primary key, name text, first_name text, title text, updated_at timestamptz);
insert into scratch.people (id, name) values (1, 'Ada Lovelace');
select base.dual_write('scratch.people', 'name', 'title');
select base.dual_write('scratch.people', 'name', 'first_name', forward => $$split_part(new.name, ' ', 1)$$);
select base.end_dual_write('scratch.people', 'title');
select base.dual_write('scratch.people', 'name', 'title', forward => 'new.name', backward => 'new.title');

prepare person as select name, title, first_name from scratch.people where id = 2;
insert into scratch.people (id, name) values (2, 'Grace Hopper');
select results_eq('person', $$values ('Grace Hopper', 'Grace Hopper', 'Grace')$$, 'an old program''s insert fills the new columns');
update scratch.people set name = 'Alan Turing' where id = 2;
select results_eq('person', $$values ('Alan Turing', 'Alan Turing', 'Alan')$$, 'so does its update');
update scratch.people set title = 'Mary Jackson' where id = 2;
select results_eq('person', $$values ('Mary Jackson', 'Mary Jackson', 'Alan')$$, 'a new program''s update fills the old column');
update scratch.people set name = 'one', title = 'two' where id = 2;
select results_eq('person', $$values ('one', 'two', 'one')$$, 'who sets both is believed');
update scratch.people set id = 2 where id = 2;
select results_eq('person', $$values ('one', 'two', 'one')$$, 'an update of neither changes neither');
delete from scratch.people where id = 2;
insert into scratch.people (id, title) values (2, 'Dorothy Vaughan');
select results_eq('person', $$values ('Dorothy Vaughan', 'Dorothy Vaughan', null)$$, 'a new program''s insert fills the old column');
select is((select title from scratch.people where id = 1), null, 'rows of before are for the back-fill');
update scratch.people set name = name where id = 1;
select is((select title from scratch.people where id = 1), null, 'and are not touched by chance');

select base.end_dual_write('scratch.people', 'title');
select base.end_dual_write('scratch.people', 'first_name');
update scratch.people set title = 'x' where id = 2;
select is((select name from scratch.people where id = 2), 'Dorothy Vaughan', 'afterwards each column is on its own');
select is((select count(*) from pg_proc where pronamespace = 'scratch'::regnamespace), 0::bigint, 'and nothing is left');

select throws_ok($$select base.dual_write('scratch.people', 'name', 'nothing')$$, 'GS005', null, 'a column that is not there is refused');
insert into pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion) values (1, 'citus', 10, 11, false, 'stand-in');
select throws_ok($$select base.dual_write('scratch.people', 'name', 'title')$$, 'GS005', null, 'Citus has no triggers, so it is refused there');

select * from finish();
rollback;

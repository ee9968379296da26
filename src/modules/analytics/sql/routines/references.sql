-- What this module's tables refer to, for data_integrity_checks().

select base.show_module_references('analytics');

-- What this module's tables refer to in others, for data_integrity_checks().

select base.show_module_references('prompts');

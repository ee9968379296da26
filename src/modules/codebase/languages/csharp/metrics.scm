; C#
(comment) @comment
[(identifier) (integer_literal) (real_literal) (boolean_literal) (null_literal) (discard)] @operand
[(string_literal) (verbatim_string_literal) (raw_string_literal) (character_literal)] @literal
(interpolated_string_expression) @template
[(predefined_type) (implicit_type) (modifier)] @reserved
"this" @this
"case" @case
(conditional_access_expression) @optional_access
[(expression_statement) (local_declaration_statement)] @statement
[(using_directive) (namespace_declaration) (file_scoped_namespace_declaration)
 (class_declaration) (struct_declaration) (record_declaration) (interface_declaration) (enum_declaration)
 (delegate_declaration) (field_declaration) (event_field_declaration) (property_declaration) (event_declaration)
 (indexer_declaration) (throw_statement) (lock_statement) (using_statement) (fixed_statement) (yield_statement)
 (checked_statement) (unsafe_statement)] @statement
(return_statement) @return @statement
(if_statement) @if @statement
(conditional_expression) @conditional
[(for_statement) (foreach_statement) (while_statement) (do_statement)] @loop @statement
[(switch_statement) (switch_expression)] @switch @statement
(switch_expression_arm) @arm
(try_statement) @try @statement
(catch_clause) @catch
[(catch_filter_clause) (when_clause)] @guard
[(method_declaration) (constructor_declaration) (destructor_declaration) (operator_declaration)
 (conversion_operator_declaration) (local_function_statement)] @function @statement
[(lambda_expression) (anonymous_method_expression) (accessor_declaration)] @function
(binary_expression) @binary
(parenthesized_expression) @parenthesized
[(break_statement) (continue_statement)] @jump @statement
(goto_statement) @goto @statement
[(preproc_if) (preproc_elif)] @silent

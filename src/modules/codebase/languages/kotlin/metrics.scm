; Kotlin
[(line_comment) (multiline_comment)] @comment
[(simple_identifier) (type_identifier) (interpolated_identifier) (integer_literal) (hex_literal) (bin_literal)
 (real_literal) (boolean_literal) "null"] @operand
(character_literal) @literal
(string_literal) @template
[(class_modifier) (function_modifier) (inheritance_modifier) (member_modifier) (parameter_modifier) (platform_modifier)
 (property_modifier) (visibility_modifier) (binding_pattern_kind) (reification_modifier) (variance_modifier)] @reserved
"this" @this
"&&" @and
"||" @or
"?:" @coalesce
"?." @optional
[(package_header) (import_header) (class_declaration) (object_declaration) (companion_object) (type_alias)
 (property_declaration) (assignment)] @statement
(if_expression) @if @statement
[(for_statement) (while_statement) (do_while_statement)] @loop @statement
(when_expression) @switch @statement
(when_condition) @case
(try_expression) @try @statement
(catch_block) @catch
[(function_declaration) (secondary_constructor) (primary_constructor)] @function @statement
[(lambda_literal) (anonymous_function) (getter) (setter)] @function
[(conjunction_expression) (disjunction_expression)] @boolean
(parenthesized_expression) @parenthesized
(jump_expression) @statement

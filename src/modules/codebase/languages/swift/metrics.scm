; Swift
[(comment) (multiline_comment)] @comment
[(simple_identifier) (type_identifier) (integer_literal) (hex_literal) (bin_literal) (oct_literal) (real_literal)
 (boolean_literal) (wildcard_pattern) "nil"] @operand
[(raw_string_literal) (regex_literal)] @literal
[(line_string_literal) (multi_line_string_literal)] @template
[(function_modifier) (inheritance_modifier) (member_modifier) (mutation_modifier) (ownership_modifier)
 (parameter_modifier) (property_behavior_modifier) (property_modifier) (visibility_modifier) (super_expression)
 (throws) (throw_keyword) (catch_keyword) (where_keyword) (try_operator) (as_operator)
 (custom_operator) (bang)] @reserved
(self_expression) @this
"&&" @and
"||" @or
"??" @coalesce
(else) @else
"case" @case
[(import_declaration) (class_declaration) (protocol_declaration) (typealias_declaration) (associatedtype_declaration)
 (property_declaration) (enum_entry) (assignment)] @statement
(if_statement) @if @statement
(guard_statement) @guard_else @statement
(ternary_expression) @conditional
[(for_statement) (while_statement) (repeat_while_statement)] @loop @statement
(switch_statement) @switch @statement
(do_statement) @try @statement
(catch_block) @catch
[(function_declaration) (init_declaration) (deinit_declaration)] @function @statement
[(lambda_literal) (computed_getter) (computed_setter) (willset_clause) (didset_clause)] @function
[(conjunction_expression) (disjunction_expression)] @boolean
(tuple_expression) @parenthesized
(control_transfer_statement) @statement

; PHP
(comment) @comment
[(name) (integer) (float) (boolean) (null)] @operand
[(string) (nowdoc)] @literal
[(encapsed_string) (heredoc) (shell_command_expression)] @template
[(primitive_type) (cast_type) (bottom_type) (relative_scope) (visibility_modifier) (static_modifier) (abstract_modifier)
 (final_modifier) (readonly_modifier) (var_modifier)] @reserved
["endif" "endfor" "endforeach" "endwhile" "endswitch"] @silent
[(text) (php_tag) (php_end_tag)] @silent
["&&" "and"] @and
["||" "or"] @or
"case" @case
"?->" @optional
["->" "::"] @member_access
(expression_statement) @expression_statement
[(echo_statement) (global_declaration) (function_static_declaration) (unset_statement) (declare_statement)
 (namespace_definition) (namespace_use_declaration) (class_declaration) (interface_declaration) (trait_declaration)
 (enum_declaration) (const_declaration) (property_declaration) (use_declaration) (exit_statement)] @statement
(return_statement) @return @statement
(if_statement) @if @statement
(else_if_clause) @elif
(conditional_expression) @conditional
[(for_statement) (foreach_statement) (while_statement) (do_statement)] @loop @statement
(switch_statement) @switch @statement
(match_expression) @switch
(match_conditional_expression) @arm
(try_statement) @try @statement
(catch_clause) @catch
[(function_definition) (method_declaration)] @function @statement
[(anonymous_function) (arrow_function)] @function
(binary_expression) @binary
(parenthesized_expression) @parenthesized
[(break_statement) (continue_statement)] @jump @statement
(goto_statement) @goto @statement

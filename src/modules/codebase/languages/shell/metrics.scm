; Shell
(comment) @comment
[(word) (variable_name) (special_variable_name) (number) (file_descriptor) (test_operator)] @operand
[(raw_string) (ansi_c_string) (regex) (extglob_pattern)] @literal
[(string) (heredoc_body)] @template
["then" "fi" "do" "done" "esac" ";;" ";"] @silent
[(command) (declaration_command) (unset_command) (variable_assignment) (test_command)] @statement
(if_statement) @if @statement
(elif_clause) @elif
[(for_statement) (c_style_for_statement) (while_statement)] @loop @statement
(case_statement) @switch @statement
(case_item) @arm
(function_definition) @function @statement
(list) @boolean
(binary_expression) @binary
(parenthesized_expression) @parenthesized
(ternary_expression) @conditional

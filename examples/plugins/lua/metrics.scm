; Lua
(comment) @comment
[(identifier) (number) (true) (false) (nil)] @operand
(string) @literal
["end" "then" "do"] @silent
[(assignment_statement) (variable_declaration)] @statement
(function_call) @statement
(return_statement) @return @statement
(if_statement) @if @statement
(elseif_statement) @elif
[(for_statement) (while_statement) (repeat_statement)] @loop @statement
(function_declaration) @function @statement
(function_definition) @function
(binary_expression) @binary
(parenthesized_expression) @parenthesized
(break_statement) @jump @statement

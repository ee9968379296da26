; Ruby
(comment) @comment
[(identifier) (constant) (instance_variable) (class_variable) (global_variable) (integer) (float) (rational) (complex)
 (true) (false) (nil) (simple_symbol) (hash_key_symbol)] @operand
[(character) (regex) (string_array) (symbol_array)] @literal
[(string) (delimited_symbol) (subshell) (heredoc_body)] @template
(super) @reserved
(self) @this
"&." @optional
["end" "then" "do" "|" ":\""] @silent
[(if_modifier) (unless_modifier)] @if
(unless) @if @statement
(if) @if @statement
(elsif) @elif
(conditional) @conditional
[(for) (while) (until)] @loop @statement
[(while_modifier) (until_modifier)] @loop
[(case) (case_match)] @switch @statement
"when" @case
(in_clause) @arm
[(if_guard) (unless_guard)] @guard
(begin) @try
[(rescue) (rescue_modifier)] @catch
(optional_parameter) @default_value
[(method) (singleton_method)] @function @statement
[(block) (do_block)] @function
(binary) @binary
(parenthesized_statements) @parenthesized
(return) @return @statement
[(break) (next) (redo) (retry)] @jump @statement
[(class) (module) (singleton_class) (alias) (undef) (assignment) (operator_assignment) (yield)] @statement
[(program) (body_statement) (block_body)] @list

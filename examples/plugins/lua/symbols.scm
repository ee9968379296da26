; Lua: tree-sitter-lua.
(comment) @comment

(function_declaration
  name: (identifier) @name
  parameters: (parameters) @parameters
  body: (_)? @body) @definition.function
((function_declaration
  name: (dot_index_expression table: (_) @owner field: (identifier) @name)
  parameters: (parameters) @parameters
  body: (_)? @body) @definition.method (#set! flag static) (#set! complete))
((function_declaration
  name: (method_index_expression table: (_) @owner method: (identifier) @name)
  parameters: (parameters) @parameters
  body: (_)? @body) @definition.method (#set! complete))
(function_definition) @scope

((function_call
  name: (identifier) @_word
  arguments: (arguments (string content: (_) @module))) @import.require
  (#eq? @_word "require"))

(function_call name: (identifier) @name arguments: (arguments) @arguments) @reference.call
(function_call
  name: (dot_index_expression table: (_) @receiver field: (identifier) @name)
  arguments: (arguments) @arguments) @reference.call
(function_call
  name: (method_index_expression table: (_) @receiver method: (identifier) @name)
  arguments: (arguments) @arguments) @reference.call

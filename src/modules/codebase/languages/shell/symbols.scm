; Shell: tree-sitter-bash.
(comment) @comment

; --- definitions ---

(function_definition name: (word) @name body: (_) @body) @definition.function
(declaration_command ["readonly" "declare"] (variable_assignment name: (variable_name) @name)) @definition.constant
(declaration_command "export" (variable_assignment name: (variable_name) @name)) @definition.variable
((command
  name: (command_name (word) @_word)
  argument: (concatenation . (word) @name)) @definition.macro
  (#set! trim "=")
  (#eq? @_word "alias"))
(variable_assignment name: (variable_name) @name) @definition.variable
(subshell) @scope
(command_substitution) @scope

; --- imports ---

((command
  name: (command_name (word) @_word)
  .
  argument: (_) @module) @import.include
  (#any-of? @_word "source" ".") (#set! relative))

; --- references ---

(command name: (command_name (word) @name) argument: (_)* @argument) @reference.call

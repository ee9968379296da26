; Ruby: tree-sitter-ruby.
(comment) @comment

; --- definitions ---

(module name: (constant) @name body: (_)? @body) @definition.module
(module name: (scope_resolution scope: (_) @owner name: (constant) @name) body: (_)? @body) @definition.module
(class name: (constant) @name superclass: (_)? body: (_)? @body) @definition.class
(class name: (scope_resolution scope: (_) @owner name: (constant) @name) body: (_)? @body) @definition.class
(singleton_class) @scope.class

((method
  name: (_) @name
  parameters: (method_parameters)? @parameters
  body: (_)? @body
  (#eq? @name "initialize")) @definition.constructor (#set! complete))
((method
  name: (setter) @name
  parameters: (method_parameters)? @parameters
  body: (_)? @body) @definition.property (#set! complete))
((method
  name: [(operator)] @name
  parameters: (method_parameters)? @parameters
  body: (_)? @body) @definition.function (#set! complete) (#set! flag operator))
((method
  name: (_) @name
  parameters: (method_parameters)? @parameters
  body: (_)? @body) @definition.function (#set! complete))
((singleton_method
  object: (self)
  name: (_) @name
  parameters: (method_parameters)? @parameters
  body: (_)? @body) @definition.function (#set! complete) (#set! flag static))
((singleton_method
  object: (_) @owner
  name: (_) @name
  parameters: (method_parameters)? @parameters
  body: (_)? @body) @definition.method (#set! complete) (#set! flag static))
((alias name: (_) @name) @definition.function (#set! complete))

((call
  method: (identifier) @_word
  arguments: (argument_list . (simple_symbol) @name)) @definition.function
  (#set! complete)
  (#set! trim ":")
  (#eq? @_word "alias_method"))

; attr_accessor :a, :b
((call
  method: (identifier) @_kind
  arguments: (argument_list (simple_symbol) @name)) @definition.property
  (#set! trim ":")
  (#any-of? @_kind "attr_accessor" "attr_reader" "attr_writer"))

(assignment left: (constant) @name) @definition.constant
(assignment left: (scope_resolution scope: (_) @owner name: (constant) @name)) @definition.constant

[(block) (do_block) (lambda)] @scope

; `private` by itself counts for what follows.
(body_statement (identifier) @visibility.private (#any-of? @visibility.private "private" "protected"))
(body_statement (identifier) @visibility.public (#eq? @visibility.public "public"))

; --- imports ---

((call
  !receiver
  method: (identifier) @_word
  arguments: (argument_list . (string (string_content) @module))) @import.require
  (#any-of? @_word "require" "load"))
((call
  !receiver
  method: (identifier) @_word
  arguments: (argument_list . (string (string_content) @module))) @import.require
  (#eq? @_word "require_relative") (#set! relative))
((call
  !receiver
  method: (identifier) @_word
  arguments: (argument_list . (simple_symbol) @alias . (string (string_content) @module))) @import.require
  (#eq? @_word "autoload"))

; --- references ---

(class superclass: (superclass [
  (constant) @name
  (scope_resolution scope: (_) @receiver name: (constant) @name)])) @reference.inherit
((call
  !receiver
  method: (identifier) @_word
  arguments: (argument_list [
    (constant) @name
    (scope_resolution scope: (_) @receiver name: (constant) @name)])) @reference.implement
  (#any-of? @_word "include" "extend" "prepend"))

((call
  receiver: [
    (constant) @name
    (scope_resolution scope: (_) @receiver name: (constant) @name)]
  method: (identifier) @_word
  arguments: (argument_list)? @arguments) @reference.instantiate
  (#eq? @_word "new"))
(call
  receiver: (_) @receiver
  method: [(identifier) (constant)] @name
  arguments: (argument_list)? @arguments) @reference.call
(call
  !receiver
  method: [(identifier) (constant)] @name
  arguments: (argument_list)? @arguments) @reference.call
(assignment left: (call receiver: (_) @receiver method: (identifier) @name)) @reference.write
(rescue exceptions: (exceptions [
  (constant) @name
  (scope_resolution scope: (_) @receiver name: (constant) @name)])) @reference.type_use
(scope_resolution scope: (_) @receiver name: (constant) @name) @reference.type_use
(constant) @reference.type_use

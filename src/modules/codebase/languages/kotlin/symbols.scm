; Kotlin: tree-sitter-kotlin. Its grammar names no fields: children are told apart by what they are.
[(line_comment) (multiline_comment)] @comment

; --- definitions ---

(package_header (identifier) @name) @definition.package

((class_declaration
  (modifiers)? @modifiers
  "interface"
  (type_identifier) @name
  (class_body)? @body) @definition.interface)
((class_declaration
  (modifiers)? @modifiers
  "enum"
  (type_identifier) @name
  (enum_class_body)? @body) @definition.enum)
((class_declaration
  (modifiers (class_modifier) @_word) @modifiers
  (type_identifier) @name
  (class_body)? @body) @definition.annotation
  (#eq? @_word "annotation"))
((class_declaration
  (modifiers)? @modifiers
  "class"
  (type_identifier) @name
  (class_body)? @body) @definition.class)
((object_declaration (modifiers)? @modifiers (type_identifier) @name (class_body)? @body) @definition.class (#set! flag static))
((companion_object (modifiers)? @modifiers (type_identifier) @name (class_body)? @body) @definition.class (#set! flag static))
((companion_object (modifiers)? @modifiers "companion" (class_body)? @body) @definition.class (#set! flag static) (#set! name "Companion"))
(enum_entry (modifiers)? @modifiers (simple_identifier) @name) @definition.enum_member
(type_alias (modifiers)? @modifiers (type_identifier) @name) @definition.type_alias
[(object_literal)] @scope.class

; The type before the dot of an extension is its owner.
((function_declaration
  (modifiers)? @modifiers
  [(user_type) (nullable_type)] @owner
  "."
  (simple_identifier) @name
  (function_value_parameters) @parameters
  (function_body)? @body) @definition.function (#set! parameter parameter))
((function_declaration
  (modifiers)? @modifiers
  (simple_identifier) @name
  (function_value_parameters) @parameters
  (function_body)? @body) @definition.function (#set! parameter parameter))
((primary_constructor (modifiers)? @modifiers) @definition.constructor @parameters
  (#set! name "constructor") (#set! complete) (#set! parameter class_parameter))
((secondary_constructor
  (modifiers)? @modifiers
  "constructor" @name
  (function_value_parameters) @parameters) @definition.constructor (#set! complete) (#set! parameter parameter))
; `class A(val x: Int)` has a property x.
((class_parameter
  (modifiers)? @modifiers
  (binding_pattern_kind) @modifiers
  (simple_identifier) @name) @definition.field (#set! scope outer))

((property_declaration
  (modifiers (property_modifier) @_word) @modifiers
  (binding_pattern_kind) @modifiers
  (variable_declaration (simple_identifier) @name)) @definition.constant
  (#eq? @_word "const"))
(property_declaration
  (modifiers)? @modifiers
  (binding_pattern_kind) @modifiers
  [(user_type) (nullable_type)] @owner
  "."
  (variable_declaration (simple_identifier) @name)) @definition.property
(property_declaration
  (modifiers)? @modifiers
  (binding_pattern_kind) @modifiers
  (variable_declaration (simple_identifier) @name)) @definition.variable

[(lambda_literal) (anonymous_function) (anonymous_initializer) (getter) (setter)] @scope

; --- imports ---

(import_header (identifier) @module (wildcard_import)) @import.wildcard
(import_header (identifier) @module (import_alias (type_identifier) @alias)?) @import

; --- references ---

(class_declaration (delegation_specifier [
  (user_type (type_identifier) @name .)
  (user_type (type_identifier) @name (type_arguments))
  (constructor_invocation (user_type (type_identifier) @name) (value_arguments))
  (explicit_delegation (user_type (type_identifier) @name))])) @reference.inherit
(object_declaration (delegation_specifier [
  (user_type (type_identifier) @name)
  (constructor_invocation (user_type (type_identifier) @name) (value_arguments))])) @reference.inherit
(companion_object (delegation_specifier [
  (user_type (type_identifier) @name)
  (constructor_invocation (user_type (type_identifier) @name) (value_arguments))])) @reference.inherit
(object_literal (delegation_specifier [
  (user_type (type_identifier) @name)
  (constructor_invocation (user_type (type_identifier) @name) (value_arguments))])) @reference.inherit

(call_expression
  (simple_identifier) @name
  (call_suffix (value_arguments)? @arguments (annotated_lambda)? @argument)) @reference.call
(call_expression
  (navigation_expression (_) @receiver (navigation_suffix (simple_identifier) @name))
  (call_suffix (value_arguments)? @arguments (annotated_lambda)? @argument)) @reference.call
(infix_expression (_) @receiver . (simple_identifier) @name . (_) @argument) @reference.call
(annotation [
  (user_type (type_identifier) @name)
  (constructor_invocation (user_type (type_identifier) @name))]) @reference.decorate
(assignment
  (directly_assignable_expression (_) @receiver (navigation_suffix (simple_identifier) @name))) @reference.write
(navigation_expression (_) @receiver (navigation_suffix (simple_identifier) @name)) @reference.read
(user_type (type_identifier) @name) @reference.type_use

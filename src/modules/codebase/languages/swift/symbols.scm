; Swift: tree-sitter-swift.
[(comment) (multiline_comment)] @comment

; --- definitions ---

(class_declaration
  (modifiers)? @modifiers
  declaration_kind: "struct"
  name: (type_identifier) @name
  body: (_) @body) @definition.struct
(class_declaration
  (modifiers)? @modifiers
  declaration_kind: "enum"
  name: (type_identifier) @name
  body: (_) @body) @definition.enum
(class_declaration
  (modifiers)? @modifiers
  declaration_kind: "extension"
  name: (_) @name
  body: (_) @body) @definition.implementation
(class_declaration
  (modifiers)? @modifiers
  name: (type_identifier) @name
  body: (_) @body) @definition.class
(protocol_declaration (modifiers)? @modifiers name: (type_identifier) @name body: (_) @body) @definition.interface
(enum_entry (modifiers)? @modifiers name: (simple_identifier) @name) @definition.enum_member
(typealias_declaration (modifiers)? @modifiers name: (type_identifier) @name) @definition.type_alias
(associatedtype_declaration (modifiers)? @modifiers name: (type_identifier) @name) @definition.type_alias

((function_declaration
  (modifiers)? @modifiers
  name: (simple_identifier) @name
  body: (_)? @body) @definition.function @parameters (#set! parameter parameter))
((function_declaration
  (modifiers)? @modifiers
  name: [(custom_operator) "==" "!=" "<" ">" "<=" ">=" "+" "-" "*" "/" "%" "&" "|" "~" "==="] @name
  body: (_)? @body) @definition.function @parameters (#set! parameter parameter) (#set! flag operator))
((protocol_function_declaration
  (modifiers)? @modifiers
  name: (simple_identifier) @name) @definition.method @parameters (#set! parameter parameter))
((init_declaration
  (modifiers)? @modifiers
  name: "init" @name
  body: (_)? @body) @definition.constructor @parameters (#set! parameter parameter))
(deinit_declaration (modifiers)? @modifiers "deinit" @name body: (_)? @body) @definition.destructor
(subscript_declaration (modifiers)? @modifiers "subscript" @name (computed_property)? @body) @definition.property

(property_declaration
  (modifiers)? @modifiers
  (value_binding_pattern) @modifiers
  name: (pattern bound_identifier: (simple_identifier) @name)
  computed_value: (_) @body) @definition.property
(property_declaration
  (modifiers)? @modifiers
  (value_binding_pattern) @modifiers
  name: (pattern bound_identifier: (simple_identifier) @name)) @definition.variable
(protocol_property_declaration
  (modifiers)? @modifiers
  name: (pattern bound_identifier: (simple_identifier) @name)) @definition.property

(lambda_literal) @scope

; --- imports ---

(import_declaration (identifier) @module) @import

; --- references ---

(class_declaration (inheritance_specifier inherits_from: (user_type (type_identifier) @name .))) @reference.inherit
(protocol_declaration (inheritance_specifier inherits_from: (user_type (type_identifier) @name .))) @reference.inherit

(call_expression
  (simple_identifier) @name
  (call_suffix (value_arguments)? @arguments (lambda_literal)? @argument)) @reference.call
(call_expression
  (navigation_expression target: _ @receiver suffix: (navigation_suffix suffix: (simple_identifier) @name))
  (call_suffix (value_arguments)? @arguments (lambda_literal)? @argument)) @reference.call
(attribute (user_type (type_identifier) @name)) @reference.decorate
(assignment
  target: (directly_assignable_expression
    (navigation_expression target: _ @receiver suffix: (navigation_suffix suffix: (simple_identifier) @name)))) @reference.write
(navigation_expression target: _ @receiver suffix: (navigation_suffix suffix: (simple_identifier) @name)) @reference.read
(user_type (type_identifier) @name) @reference.type_use

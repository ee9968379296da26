; PHP: the grammar `php` of tree-sitter-php.
(comment) @comment

; --- definitions ---

(namespace_definition name: (namespace_name) @name body: (_) @body) @definition.namespace
((namespace_definition name: (namespace_name) @name) @definition.namespace (#set! scope file))

(class_declaration
  attributes: (_)? @attributes
  [(abstract_modifier) (final_modifier) (readonly_modifier)]* @modifiers
  name: (name) @name
  body: (_) @body) @definition.class
(interface_declaration attributes: (_)? @attributes name: (name) @name body: (_) @body) @definition.interface
(trait_declaration attributes: (_)? @attributes name: (name) @name body: (_) @body) @definition.trait
(enum_declaration attributes: (_)? @attributes name: (name) @name body: (_) @body) @definition.enum
(enum_case attributes: (_)? @attributes name: (name) @name) @definition.enum_member
(anonymous_class) @scope.class

(function_definition
  attributes: (_)? @attributes
  name: (name) @name
  parameters: (formal_parameters) @parameters
  body: (_) @body) @definition.function
(method_declaration
  attributes: (_)? @attributes
  [(visibility_modifier) (abstract_modifier) (final_modifier) (static_modifier)]* @modifiers
  name: (name) @name
  parameters: (formal_parameters) @parameters
  body: (_)? @body
  (#eq? @name "__construct")) @definition.constructor
(method_declaration
  attributes: (_)? @attributes
  [(visibility_modifier) (abstract_modifier) (final_modifier) (static_modifier)]* @modifiers
  name: (name) @name
  parameters: (formal_parameters) @parameters
  body: (_)? @body
  (#eq? @name "__destruct")) @definition.destructor
(method_declaration
  attributes: (_)? @attributes
  [(visibility_modifier) (abstract_modifier) (final_modifier) (static_modifier)]* @modifiers
  name: (name) @name
  parameters: (formal_parameters) @parameters
  body: (_)? @body) @definition.method

(property_declaration
  attributes: (_)? @attributes
  [(visibility_modifier) (static_modifier) (readonly_modifier) (var_modifier)]* @modifiers
  (property_element name: (variable_name (name) @name))) @definition.field
(const_declaration
  attributes: (_)? @attributes
  [(visibility_modifier) (final_modifier)]* @modifiers
  (const_element . (name) @name)) @definition.constant
((function_call_expression
  function: (name) @_word
  arguments: (arguments . (argument (string (string_content) @name)))) @definition.constant
  (#eq? @_word "define"))

[(anonymous_function) (arrow_function)] @scope

; `__construct(private string $name)` makes a property.
((property_promotion_parameter
  visibility: (_) @modifiers
  readonly: (_)? @modifiers
  name: (variable_name (name) @name)) @definition.field (#set! scope outer))

; --- imports ---

(namespace_use_declaration
  (namespace_name) @module
  body: (namespace_use_group (namespace_use_clause (name) @name alias: (name)? @alias))) @import.from_import
(namespace_use_clause (qualified_name) @module alias: (name)? @alias) @import
(namespace_use_clause (name) @module alias: (name)? @alias) @import
([
  (include_expression [(string (string_content) @module) (encapsed_string (string_content) @module) (binary_expression) @module (parenthesized_expression) @module])
  (include_once_expression [(string (string_content) @module) (encapsed_string (string_content) @module) (binary_expression) @module (parenthesized_expression) @module])
  (require_expression [(string (string_content) @module) (encapsed_string (string_content) @module) (binary_expression) @module (parenthesized_expression) @module])
  (require_once_expression [(string (string_content) @module) (encapsed_string (string_content) @module) (binary_expression) @module (parenthesized_expression) @module])
] @import.include (#set! relative))

; --- references ---

(class_declaration (base_clause [(name) @name (qualified_name (namespace_name)? @receiver (name) @name .)])) @reference.inherit
(interface_declaration (base_clause [(name) @name (qualified_name (namespace_name)? @receiver (name) @name .)])) @reference.inherit
(class_declaration (class_interface_clause [(name) @name (qualified_name (namespace_name)? @receiver (name) @name .)])) @reference.implement
(enum_declaration (class_interface_clause [(name) @name (qualified_name (namespace_name)? @receiver (name) @name .)])) @reference.implement
(use_declaration [(name) @name (qualified_name (namespace_name)? @receiver (name) @name .)]) @reference.inherit

(function_call_expression
  function: [(name) @name (qualified_name (namespace_name)? @receiver (name) @name .)]
  arguments: (arguments) @arguments) @reference.call
(function_call_expression
  function: (variable_name) @name
  arguments: (arguments) @arguments) @reference.call
(member_call_expression object: (_) @receiver name: (name) @name arguments: (arguments) @arguments) @reference.call
(nullsafe_member_call_expression object: (_) @receiver name: (name) @name arguments: (arguments) @arguments) @reference.call
(scoped_call_expression scope: (_) @receiver name: (name) @name arguments: (arguments) @arguments) @reference.call
(object_creation_expression
  [(name) @name (qualified_name (namespace_name)? @receiver (name) @name .)]
  (arguments)? @arguments) @reference.instantiate
(attribute [(name) @name (qualified_name (namespace_name)? @receiver (name) @name .)]) @reference.decorate

(assignment_expression left: (member_access_expression object: (_) @receiver name: (name) @name)) @reference.write
(member_access_expression object: (_) @receiver name: (name) @name) @reference.read
(nullsafe_member_access_expression object: (_) @receiver name: (name) @name) @reference.read
(class_constant_access_expression . [(name) (qualified_name)] @receiver . (name) @name) @reference.read
(scoped_property_access_expression scope: (_) @receiver name: (variable_name (name) @name)) @reference.read
((named_type [(name) @name (qualified_name (namespace_name)? @receiver (name) @name .)]) @reference.type_use
  (#not-any-of? @name "self" "static" "parent"))
(scoped_call_expression scope: (name) @name) @reference.type_use
(class_constant_access_expression . (name) @name) @reference.type_use
(binary_expression operator: "instanceof" right: [(name) @name (qualified_name (namespace_name)? @receiver (name) @name .)]) @reference.type_use

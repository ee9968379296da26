; C#: tree-sitter-c-sharp.
(comment) @comment

; --- definitions ---

(namespace_declaration name: (_) @name body: (_) @body) @definition.namespace
((file_scoped_namespace_declaration name: (_) @name) @definition.namespace (#set! scope file))

(class_declaration
  (attribute_list)* @attributes
  (modifier)* @modifiers
  name: (identifier) @name
  body: (_)? @body) @definition.class
(struct_declaration
  (attribute_list)* @attributes
  (modifier)* @modifiers
  name: (identifier) @name
  body: (_)? @body) @definition.struct
(record_declaration
  (attribute_list)* @attributes
  (modifier)* @modifiers
  name: (identifier) @name
  body: (_)? @body) @definition.record
(interface_declaration
  (attribute_list)* @attributes
  (modifier)* @modifiers
  name: (identifier) @name
  body: (_)? @body) @definition.interface
(enum_declaration
  (attribute_list)* @attributes
  (modifier)* @modifiers
  name: (identifier) @name
  body: (_)? @body) @definition.enum
(enum_member_declaration (attribute_list)* @attributes name: (identifier) @name) @definition.enum_member

(delegate_declaration
  (attribute_list)* @attributes
  (modifier)* @modifiers
  name: (identifier) @name) @definition.type_alias

((method_declaration
  (attribute_list)* @attributes
  (modifier)* @modifiers
  name: (identifier) @name
  parameters: (parameter_list) @parameters) @definition.method (#set! visibility private))
((constructor_declaration
  (attribute_list)* @attributes
  (modifier)* @modifiers
  name: (identifier) @name
  parameters: (parameter_list) @parameters) @definition.constructor (#set! visibility private))
((destructor_declaration
  (attribute_list)* @attributes
  "~"
  name: (identifier) @name
  parameters: (parameter_list) @parameters) @definition.destructor (#set! visibility private))
((operator_declaration
  (attribute_list)* @attributes
  (modifier)* @modifiers
  operator: _ @name
  parameters: (parameter_list) @parameters) @definition.method (#set! flag operator))
((conversion_operator_declaration
  (attribute_list)* @attributes
  (modifier)* @modifiers
  type: (_) @name
  parameters: (parameter_list) @parameters) @definition.method (#set! flag operator))
(local_function_statement
  (attribute_list)* @attributes
  (modifier)* @modifiers
  name: (identifier) @name
  parameters: (parameter_list) @parameters) @definition.function

((property_declaration
  (attribute_list)* @attributes
  (modifier)* @modifiers
  name: (identifier) @name
  accessors: (_)? @body) @definition.property (#set! visibility private))
((indexer_declaration
  (attribute_list)* @attributes
  (modifier)* @modifiers
  "this" @name
  accessors: (_)? @body) @definition.property (#set! visibility private))
((event_declaration
  (attribute_list)* @attributes
  (modifier)* @modifiers
  name: (identifier) @name) @definition.property (#set! visibility private))
((event_field_declaration
  (attribute_list)* @attributes
  (modifier)* @modifiers
  (variable_declaration (variable_declarator name: (identifier) @name))) @definition.field (#set! visibility private))

; `const` before what is not
((field_declaration
  (attribute_list)* @attributes
  (modifier)* @modifiers
  (variable_declaration (variable_declarator name: (identifier) @name))) @definition.field (#set! visibility private))

(lambda_expression) @scope
(anonymous_method_expression) @scope

; --- imports ---

(using_directive "using" . "static" (_) @module) @import.wildcard
(using_directive name: (identifier) @alias "=" (_) @module) @import
(using_directive !name (_) @module) @import

; --- references ---

(class_declaration (base_list [
  (identifier) @name @reference.inherit
  (generic_name (identifier) @name) @reference.inherit
  (qualified_name qualifier: (_) @receiver name: [(identifier) @name (generic_name (identifier) @name)]) @reference.inherit
  (primary_constructor_base_type type: (identifier) @name) @reference.inherit]))
(struct_declaration (base_list [
  (identifier) @name @reference.implement
  (generic_name (identifier) @name) @reference.implement
  (qualified_name qualifier: (_) @receiver name: [(identifier) @name (generic_name (identifier) @name)]) @reference.implement]))
(record_declaration (base_list [
  (identifier) @name @reference.inherit
  (generic_name (identifier) @name) @reference.inherit
  (primary_constructor_base_type type: (identifier) @name) @reference.inherit
  (qualified_name qualifier: (_) @receiver name: [(identifier) @name (generic_name (identifier) @name)]) @reference.inherit]))
(interface_declaration (base_list [
  (identifier) @name @reference.inherit
  (generic_name (identifier) @name) @reference.inherit
  (qualified_name qualifier: (_) @receiver name: [(identifier) @name (generic_name (identifier) @name)]) @reference.inherit]))

(invocation_expression
  function: [
    (identifier) @name
    (generic_name (identifier) @name)
    (member_access_expression
      expression: _ @receiver
      name: [(identifier) @name (generic_name (identifier) @name)])
    (conditional_access_expression
      condition: (_) @receiver
      (member_binding_expression name: [(identifier) @name (generic_name (identifier) @name)]))]
  arguments: (argument_list) @arguments) @reference.call
(object_creation_expression
  type: [
    (identifier) @name
    (generic_name (identifier) @name)
    (qualified_name qualifier: (_) @receiver name: [(identifier) @name (generic_name (identifier) @name)])]
  arguments: (argument_list)? @arguments) @reference.instantiate
(attribute name: [
  (identifier) @name
  (qualified_name qualifier: (_) @receiver name: (identifier) @name)]) @reference.decorate

(assignment_expression
  left: (member_access_expression expression: _ @receiver name: (identifier) @name)) @reference.write
(member_access_expression expression: _ @receiver name: (identifier) @name) @reference.read

; A type stands where a grammar has the field `type` or `returns`.
(variable_declaration type: (identifier) @name) @reference.type_use
(parameter type: (identifier) @name) @reference.type_use
(method_declaration returns: (identifier) @name) @reference.type_use
(local_function_statement type: (identifier) @name) @reference.type_use
(property_declaration type: (identifier) @name) @reference.type_use
(indexer_declaration type: (identifier) @name) @reference.type_use
(delegate_declaration type: (identifier) @name) @reference.type_use
(event_declaration type: (identifier) @name) @reference.type_use
(foreach_statement type: (identifier) @name) @reference.type_use
(catch_declaration type: (identifier) @name) @reference.type_use
(cast_expression type: (identifier) @name) @reference.type_use
(as_expression right: (identifier) @name) @reference.type_use
(is_expression right: (identifier) @name) @reference.type_use
(declaration_pattern type: (identifier) @name) @reference.type_use
(recursive_pattern type: (identifier) @name) @reference.type_use
(typeof_expression type: (identifier) @name) @reference.type_use
(default_expression type: (identifier) @name) @reference.type_use
(nullable_type type: (identifier) @name) @reference.type_use
(array_type type: (identifier) @name) @reference.type_use
(type_argument_list (identifier) @name) @reference.type_use
(type_parameter_constraint type: (identifier) @name) @reference.type_use
(generic_name (identifier) @name) @reference.type_use
(qualified_name qualifier: (_) @receiver name: (identifier) @name) @reference.type_use

#pragma once
// The state of one linking: constraints of all files in one graph, solved to the least fixed point.
//
// Calls in code that runs once (the body of a file, decorators) are followed with what they pass: the callee gets a
// frame of its own there, so that two uses of a decorator do not mix. Everywhere else a function has one frame.

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "modules/codebase/link/graph.hpp"
#include "modules/codebase/link/link.hpp"
#include "modules/codebase/link/module_paths.hpp"
#include "modules/codebase/link/objects.hpp"

namespace gsdb::codebase::link {

using FunctionId = std::uint32_t;  ///< over all files
using ClassId = std::uint32_t;
using CallId = std::uint32_t;
using OpId = std::uint32_t;
using FrameId = std::uint32_t;  ///< the first are the functions, in their order

enum class Effect : std::uint8_t;  // effects.hpp

/// Where the numbers of a file begin among those of all files.
struct LoadedFile {
    const flow::FileFlow* flow = nullptr;
    NodeId first_node = 0;
    FunctionId first_function = 0;
    ClassId first_class = 0;
    CallId first_call = 0;
    OpId first_op = 0;
    std::vector<NameId> names;
    std::vector<std::uint32_t> place_in_frame;  ///< of each node: counted within its function
    std::vector<std::uint32_t> frame_sizes;     ///< of each function
};

/// An activation of a function.
struct Frame {
    FunctionId function = 0;
    FrameId parent = no_id;     ///< of the function around it
    NodeId first_node = no_id;  ///< none: the file's own nodes
    FrameId caller = no_id;
    std::uint32_t depth = 0;  ///< calls from code that runs once
};

class Linker {
  public:
    Linker(const std::vector<SourceFile>& files, const Manifests& manifests, std::stop_token stop);
    Links run();

  private:
    /// What a watch is for. `op` and `frame` say which constraint it belongs to; the others have operands of their own.
    enum class Role : std::uint8_t {
        load,
        store,
        item_object,
        item_key,
        any_item,
        store_any_item,
        call,
        instance,
        super,          // a: op, b: frame
        bind,           // a: node of the read, b: object that is read
        bind_always,    // ... also where the language would not
        bind_this,      // a: node of the result, b: function; the object is its receiver
        summarise,      // a: node that gets what stands for all of the class
        attribute,      // a: node that gets attribute b
        iterate,        // a: node that gets the elements
        items_of,       // a: node that gets all items
        item_of,        // a: node that gets the item, b: collection; the object is the key
        merge_into,     // a: object that gets all that the object has
        prototype_for,  // a: object that has the object as prototype
        instance_of,    // a: node that gets an instance
        class_of,       // a: node that gets the class
        call_back,      // a: number of the call-back
        pair_to,        // a: number of the pair, b: role; one of each of two nodes have met
        pair_from,
        typed,        // a: op, b: frame; the object is let through where it fits
        method_of,    // a: op, b: frame; the object is the class of a reference
        receiver_of,  // a: number of the call-back; the object is the receiver of a reference
        merge,        // roles of pairs
        prototype,
        attribute_of,
        set_attribute_of,
        define_property_of,
    };
    /// A call in a frame.
    struct Site {
        OpId op = 0;
        FrameId frame = 0;
        std::uint32_t file = 0;
        CallId call_id = 0;
        const flow::Call* call = nullptr;
        NodeId result = no_id;
    };
    /// What only some objects have.
    struct Extras {
        std::vector<std::pair<NameId, NodeId>> slots;
        std::vector<std::pair<NameId, NodeId>> reads;
        std::vector<ObjectId> merged_into;
        std::vector<ObjectId> protos;
        NodeId all_items = no_id;
    };
    /// An instance that a call made.
    struct Construction {
        Site site;
        ObjectId of;  ///< the class, or `super`
        ObjectId instance;
    };
    struct FoundCall {
        CallId call;
        std::uint32_t callee;  ///< function, or class with `is_class`
        bool is_class;
        auto operator<=>(const FoundCall&) const = default;
    };
    struct MemberEntry {
        std::uint64_t key;  ///< class and name
        flow::Index node;
        flow::MemberKind kind;
        std::uint32_t file;  ///< that the node is in, where it is not that of the class
    };
    struct PackageEntry {
        NodeId node;
        std::uint32_t file;
    };
    struct CallBack {
        std::vector<NodeId> values;
        NodeId receiver;
        NodeId result;
        Site site;
        NameId name = no_id;  ///< of the method, where a reference is called
    };
    /// The parameters of a callee while arguments are bound to them.
    struct Parameters {
        FrameId callee;
        std::size_t next;  ///< position of the next argument
        std::vector<NodeId> positional{};
        std::vector<std::pair<NameId, NodeId>> named{};
        ObjectId rest = no_id, keyword_rest = no_id;
    };

    // linker.cpp: loading, frames, ops
    void load();
    void load_members();
    void sort_members();
    void solve();
    bool is_class_of_file(ObjectId id) const;
    void add_ops(FrameId frame, bool definitions);
    void add_op(OpId id, const flow::Op& op, FrameId frame, const LoadedFile& file);
    void add_item_op(OpId id, const flow::Op& op, FrameId frame, const LoadedFile& file);
    void add_call(OpId id, const flow::Op& op, FrameId frame, const LoadedFile& file);
    void seed_receivers();
    void run_graph();
    template <class Visit>
    void for_each_unanswered_call(Visit visit);
    void open_unknown_keys();
    void call_back_by_convention();
    void take_additions();
    void ask_subclasses();
    std::uint32_t file_of(FunctionId function) const { return file_of_function_[function]; }
    const LoadedFile& loaded(FrameId frame) const { return loaded_[file_of(frames_[frame].function)]; }
    const flow::Function& function(FunctionId id) const;
    const flow::Class& class_(ClassId id) const;
    NodeId node(FrameId frame, const LoadedFile& file, flow::Index index) const;
    FrameId frame_of_closure(FunctionId function, FrameId parent);
    FrameId frame_of_call(FunctionId function, FrameId parent, const Site& site);
    FrameId add_frame(const Frame& frame);
    FrameId parent_frame(FunctionId function) const;
    bool is_followed(FunctionId function, const Site& site) const;
    void notify(Watch watch, ObjectId object);
    void notify_of_operand(Watch watch, ObjectId object);
    bool is_typing(ObjectId external) const;
    void make_instance(OpId op, FrameId frame, ObjectId class_object, NodeId target);
    void item(const flow::Op& op, FrameId frame, const LoadedFile& file, ObjectId object, ObjectId key);
    NameId name(const LoadedFile& file, flow::Index index) const { return file.names[index]; }
    /// TypeScript follows the rules of JavaScript.
    extract::Language language_of_file(std::uint32_t file) const {
        using extract::Language;
        const auto language = loaded_[file].flow->language;
        return language == Language::typescript || language == Language::tsx ? Language::javascript : language;
    }
    bool is_python(std::uint32_t file) const { return language_of_file(file) == extract::Language::python; }
    bool is_javascript(std::uint32_t file) const { return language_of_file(file) == extract::Language::javascript; }
    /// Whether variables are declared with types.
    bool is_typed(std::uint32_t file) const { return is_typed_language(language_of_file(file)); }
    static bool is_typed_language(extract::Language language) {
        return language != extract::Language::python && language != extract::Language::javascript;
    }
    bool runs_once(FunctionId id) const {
        return function(id).parent == flow::none || function(id).has(flow::FunctionFlag::runs_once);
    }
    static Watch watch(Role role, std::uint32_t a, std::uint32_t b = no_id) {
        return {static_cast<std::uint8_t>(role), a, b};
    }

    // members.cpp: attributes, items, inheritance, modules
    NodeId read_node(ObjectId object, NameId name);
    NodeId own_slot(ObjectId object, NameId name);
    NodeId all_items(ObjectId object);
    bool is_item(ObjectId object, NameId name) const;
    void store(ObjectId object, NameId name, NodeId value);
    bool has_method(ObjectId class_object, NameId name);
    void tell_readers(ObjectId object, NameId name, NodeId slot);
    void wire_read(ObjectId object, NameId name, NodeId read);
    ObjectId attribute_outside(ObjectId object, NameId name);
    void wire_members(ObjectId object, NameId name, NodeId read);
    std::span<const MemberEntry> members_named(ClassId of, NameId name) const;
    bool wire_static_member(ObjectId from, NameId name, ObjectId receiver, NodeId read);
    void bind(NodeId member, ObjectId receiver, NodeId read);
    void bind_member(NodeId read, ObjectId receiver, ObjectId member);
    std::vector<ObjectId> bases(ObjectId class_object) const;
    const std::vector<ObjectId>& chain(ObjectId class_object);
    static void merge_chains(std::vector<std::vector<ObjectId>>& sequences, std::vector<ObjectId>& order);
    std::vector<ObjectId> chain_of(ObjectId object);
    std::vector<ObjectId> chain_after(const Object& super);
    std::vector<ObjectId> prototypes(std::vector<ObjectId> classes);
    ObjectId super_of(ObjectId receiver, ClassId of, FrameId frame);
    ObjectId summary_of(ObjectId object);
    extract::Language language_of(ObjectId object) const;
    bool is_javascript_object(ObjectId object) const { return language_of(object) == extract::Language::javascript; }
    bool is_typed_object(ObjectId object) const { return is_typed_language(language_of(object)); }
    void wire_function(ObjectId function, NameId name, NodeId read);
    NodeId member_node(ObjectId class_object, const MemberEntry& member) const;
    bool is_container(ObjectId object) const {
        return objects_[object].kind == ObjectKind::container || objects_[object].kind == ObjectKind::made_container;
    }
    bool is_list(ObjectId object) const {
        return is_container(object) &&
               static_cast<flow::ContainerKind>(objects_[object].c & 0xFFU) == flow::ContainerKind::list;
    }
    const Extras& extras_of(ObjectId object) const;
    void merge(ObjectId to, ObjectId from);
    void set_prototype(ObjectId object, ObjectId prototype);
    void set_prototype_of(ObjectId object, ObjectId prototype);
    void elements(NodeId target, ObjectId object);
    NodeId find_export(ModuleId module, NameId name, std::uint32_t depth) const;
    NameId constructor_name(std::uint32_t file) const {
        return is_python(file) ? init_name_ : is_javascript(file) ? constructor_name_ : typed_init_name_;
    }
    void import(NodeId target, std::uint32_t file, const flow::Import& import);
    void import_external(NodeId target, std::uint32_t file, const flow::Import& import);
    void import_name(NodeId target, ModuleId module, NameId name);
    void global(NodeId target, std::uint32_t file, NameId name);

    // packages.cpp
    void load_package(std::uint32_t file);
    NameId package_key(std::uint32_t file);
    void import_go_package(NodeId target, std::uint32_t file, std::string_view path);
    // c_names.cpp
    bool is_c(std::uint32_t file) const {
        const auto language = language_of_file(file);
        return language == extract::Language::c || language == extract::Language::cpp;
    }
    void load_c_names(std::uint32_t file);
    void import_c_path(NodeId target, std::uint32_t file, std::string_view path, std::string_view space);
    bool walk_c_path(NodeId target, std::uint32_t file, std::string module, std::span<const std::string_view> parts);
    // rust_modules.cpp
    void find_rust_roots();
    std::string rust_root(std::uint32_t file) const;
    std::string rust_module(std::uint32_t file) const;
    std::vector<NodeId> find_in_rust_module(NameId module, NameId name, std::uint32_t asking, std::uint32_t depth);
    void import_rust_path(NodeId target, std::uint32_t file, std::string_view text);
    void walk_rust_path(NodeId target, std::uint32_t file, std::string module, std::span<const std::string_view> parts);
    bool import_by_rust_wildcards(NodeId target, std::uint32_t file, NameId name);
    NodeId rust_wildcard(std::uint32_t file, std::string_view path);
    NameId go_package(std::uint32_t file, std::string_view path) const;
    void convert(const Site& site, ObjectId class_object);
    void wire_embedded(ObjectId object, NameId name, NodeId read);
    std::vector<NodeId> find_in_package(NameId package, NameId name, std::uint32_t asking) const;
    NodeId attribute_of(NodeId of, NameId name);
    void import_path(NodeId target, std::uint32_t file, std::string_view text);
    void import_outside(NodeId target, std::uint32_t file, const std::vector<std::string_view>& parts);
    bool import_from_package(NodeId target, std::uint32_t file, NameId name);
    bool import_from_class(NodeId target, std::uint32_t file, NameId path, NameId name);
    static bool is_upper(std::string_view name);

    // hierarchy.cpp
    void freeze_hierarchy();
    bool hierarchy_holds();
    bool shadows_hold();
    std::vector<ObjectId> classes_of(ObjectId object);
    bool extend_hierarchy();
    template <class IsExtended>
    void construct_again(IsExtended is_extended);

    // declared.cpp: what declared types say
    /// A node takes what a type says, where nothing else is known.
    struct Assumption {
        NodeId target;
        ObjectId type;
        NodeId element;
        extract::Language language;
    };
    static bool is_outside(ObjectKind kind) {
        return kind == ObjectKind::external || kind == ObjectKind::builtin || kind == ObjectKind::builtin_method;
    }
    bool fits(ObjectId object, ObjectId type);
    bool fits_any(ObjectId object, NodeId type);
    bool has_outside_base(ObjectId class_object, ObjectId type);
    bool is_below(ObjectId class_object, ObjectId above);
    bool is_structural(ObjectId class_object) const;
    std::vector<NameId> methods_asked_by(ObjectId interface);
    bool has_methods_of(ObjectId class_object, ObjectId interface);
    bool is_known(NodeId node) const;
    void index_subclasses();
    std::vector<ObjectId> classes_below(ObjectId declared);
    void assume(const Assumption& assumption);
    std::unordered_set<std::uint64_t> known_fields();
    bool is_followed_only(FunctionId id) const;
    void assume_declared(bool only_sources);
    std::vector<ObjectId> classes_of_method(FunctionId id);

    // overloads.cpp
    enum class Fit : std::uint8_t { no, varargs, converted, assumed, exact };
    struct Given {
        std::vector<NodeId> types;  ///< of the arguments; no_id where nothing is known
        bool is_open = false;       ///< there may be more
    };
    Given given_by(const Site& site) const;
    Fit fit_of(NodeId given, NodeId wanted);
    Fit fit_of_object(ObjectId given, ObjectId wanted);
    Fit fit_of_function(const Given& given, FunctionId id);
    bool is_nearer(FunctionId a, FunctionId b);
    bool is_chosen(FunctionId id, const Site& site, ObjectId receiver);
    std::vector<FunctionId> overloads_of(FunctionId id, ObjectId receiver);
    bool is_overridden_by(FunctionId id, FunctionId by) const;
    std::vector<FunctionId> functions_at(NodeId member) const;
    void wire_typed_members(ObjectId object, NameId name, NodeId read);
    NodeId type_of_parameter(FunctionId id, flow::Index position) const;

    // references.cpp: methods that are named, not called
    void call_reference(const Site& site, ObjectId reference, const std::vector<NodeId>& values, NodeId result);
    void construct_reference(const Site& site, ObjectId class_object, const std::vector<NodeId>& values, NodeId result);
    void call_on_receiver(std::uint32_t call_back, ObjectId receiver);

    // calls.cpp
    Site site(OpId op, FrameId frame) const;
    void call(const Site& site, ObjectId callee);
    bool accepts(const flow::Function& function, const LoadedFile& in, const Site& site, bool has_receiver) const;
    bool is_callable(ObjectId instance) const;
    void call_through(const Site& site, NodeId callee);
    void found(const Site& site, std::uint32_t callee, bool is_class);
    void call_function(const Site& site, ObjectId function, ObjectId receiver);
    void bind_receiver(const Site& site, FrameId callee, ObjectId receiver, bool is_general);
    void bind_arguments(const Site& site, FrameId callee, bool has_receiver);
    void bind_argument(const Site& site, const LoadedFile& caller, const flow::Argument& argument, Parameters& to);
    ObjectId rest_container(NodeId parameter, FrameId callee, flow::ContainerKind kind);
    void add_attribute_watch(NodeId of, NodeId target, NameId name);
    NameId item_name(NameId name);
    NameId number(std::size_t value, bool has_items_apart);
    NodeId result_of(FrameId callee);
    void instantiate(const Site& site, ObjectId class_object);
    void set_fields(const std::vector<ObjectId>& classes, ObjectId instance);
    void construct_of(const Site& site, ObjectId class_or_super, ObjectId instance);
    void construct(const Site& site, const std::vector<ObjectId>& classes, ObjectId instance);
    bool construct_with(const Site& site, ObjectId class_object, ObjectId instance);
    NodeId call_back(const Site& site, NodeId callee, const std::vector<NodeId>& values, NodeId receiver = no_id);
    void invoke(std::uint32_t call_back, ObjectId callee);
    void invoke_instance(const CallBack& back, ObjectId instance);
    void bind_values(FrameId frame, const std::vector<NodeId>& values, ObjectId receiver, NodeId receiver_node);

    /// The name of a method without what tells it from a field.
    std::string_view plain(NameId name) const {
        const auto text = names_.text(name);
        return text.ends_with("()") ? text.substr(0, text.size() - 2) : text;
    }
    /// What a function is called among the members of its class.
    NameId member_name(FunctionId id);

    // builtins.cpp
    bool has_builtin_method(ObjectId object, NameId name) const;
    std::string dotted(ObjectId object) const;
    std::span<const flow::Argument> arguments_of(const Site& site) const {
        return std::span(loaded_[site.file].flow->arguments)
            .subspan(site.call->first_argument, site.call->argument_count);
    }
    NodeId argument(const Site& site, std::size_t position) const;
    NodeId keyword(const Site& site, std::string_view name) const;
    ObjectId made_here(const Site& site, std::uint32_t which, flow::ContainerKind kind);
    NodeId elements_of(NodeId collection);
    NodeId items_node(NodeId of);
    void call_builtin(const Site& site, ObjectId builtin);
    void call_external(const Site& site, ObjectId external);
    void call_method(const Site& site, ObjectId method);
    static bool calls_back_by_convention(std::string_view name);
    void call_then(const Site& site, ObjectId receiver);
    void apply(const Site& site, Effect effect);
    void apply_to(const Site& site, ObjectId receiver, Effect effect);
    // typed_builtins.cpp
    void apply_typed(const Site& site, Effect effect);
    void apply_typed_to(const Site& site, ObjectId receiver, Effect effect);
    std::vector<NodeId> values_beside(const Site& site, std::size_t position);
    void append(const Site& site);
    void call_back_typed(const Site& site);
    void put_item(ObjectId receiver, NodeId key, NodeId value);
    void fold_any(const Site& site, ObjectId receiver);
    void apply_to_function(const Site& site, ObjectId function, Effect effect);
    void visit(const Site& site, ObjectId receiver, Effect effect);
    void take_item(const Site& site, ObjectId receiver, NodeId key);
    void store_keywords(const Site& site, ObjectId dictionary);
    void make_list(const Site& site, bool of_elements);
    void list_of(const Site& site, NodeId value);
    void list_of_pairs(const Site& site, NodeId value);
    void map_elements(const Site& site, bool gives_results);
    void make_tuples(const Site& site, bool is_numbered);
    void watch_both(const Site& site, Role role, NodeId to, NodeId from);
    void pair_met(Role role, std::uint32_t pair, ObjectId to, ObjectId from);

    // result.cpp
    Links result();
    void add_calls(Links& links);
    void add_instantiations(Links& links) const;
    void add_outside_calls(Links& links);
    void add_passes(Links& links);
    void add_uses(Links& links);
    std::vector<Definition> definitions_at(NodeId node);
    void add_bases(Links& links);
    void add_imports(Links& links);
    void add_typed_import(Links& links, ImportEdge edge, std::span<const ObjectId> things);
    void add_import(Links& links, ImportEdge edge, std::string_view module);
    Definition definition_of(const FoundCall& found) const;
    std::optional<Target> target_of(ObjectId object);
    std::uint32_t outside_of(ObjectId object);
    std::uint32_t find_outside(ObjectId object);
    bool is_outside(ObjectId object) const;
    static extract::Language language_of(const Object& outside);
    std::uint32_t outside_number(Outside outside);
    static bool is_named(const Outside& outside, const flow::FileFlow& flow, const flow::Call& call);
    bool is_abstract(const FoundCall& call) const;
    Method method_of(std::uint32_t file, const flow::Call& call, flow::Index caller, const Definition& callee) const;
    Unknown reason_of(const LoadedFile& file, const flow::Call& call) const;

    const std::vector<SourceFile>& files_;
    const std::stop_token stop_;
    ModulePaths modules_;
    std::vector<LoadedFile> loaded_;
    std::vector<std::uint32_t> file_of_function_, file_of_class_;
    NodeId file_nodes_ = 0;  ///< nodes that are in the files
    NameTable names_;
    ObjectTable objects_;
    Graph graph_{objects_.groups()};
    std::vector<Frame> frames_;
    std::vector<std::uint32_t> frame_counts_;  ///< of each function, for calls that are followed
    boost::unordered_flat_map<std::uint64_t, NodeId> slots_, reads_;
    std::unordered_map<ObjectId, Extras> extras_;
    std::unordered_map<NameId, std::vector<ObjectId>> readers_;  ///< objects that a name was read of
    std::vector<MemberEntry> members_;                           ///< by class and name
    boost::unordered_flat_map<std::uint64_t, NodeId> exports_;   ///< by file and name
    std::unordered_map<ObjectId, std::vector<ObjectId>> chains_;
    std::unordered_map<ObjectId, std::vector<ObjectId>> hierarchy_;  ///< bases as known now
    std::unordered_set<std::uint64_t> shadowed_;                     ///< prototypes and names that they have themselves
    boost::unordered_flat_map<std::uint64_t, FrameId> closures_;
    struct CallKey {
        FunctionId function;
        FrameId parent;
        CallId call;
        FrameId caller;
        bool operator==(const CallKey&) const = default;
    };
    struct CallKeyHash {
        std::size_t operator()(const CallKey& k) const {
            return ((k.function * 0x9E3779B97F4A7C15ULL ^ k.parent) * 0xBF58476D1CE4E5B9ULL ^ k.call) *
                       0x94D049BB133111EBULL ^
                   k.caller;
        }
    };
    boost::unordered_flat_map<CallKey, FrameId, CallKeyHash> call_frames_;
    boost::unordered_flat_set<CallKey, CallKeyHash> bound_;  ///< calls and callees whose arguments are connected
    std::vector<FoundCall> found_;
    std::vector<FoundCall> instantiated_;
    std::vector<Construction> constructions_;
    std::map<Outside, std::uint32_t> outside_;  ///< numbered in the order in which they were met
    std::vector<const Outside*> outside_numbered_;
    std::unordered_map<ObjectId, std::uint32_t> outside_of_object_;
    std::vector<CallBack> call_backs_;
    struct Pair {
        NodeId to, from;
        Site site;
    };
    std::vector<Pair> pairs_;
    std::vector<std::pair<OpId, FrameId>> keyed_ops_;
    std::vector<std::pair<OpId, FrameId>> typed_ops_;
    std::unordered_map<NodeId, std::uint64_t> fields_;  ///< class and name, by the node of the member
    std::unordered_map<std::uint64_t, std::vector<PackageEntry>> package_exports_;  ///< by package and name
    std::unordered_set<NameId> packages_;
    std::vector<NameId> package_of_file_;
    std::unordered_map<std::string, NameId> go_folders_;  ///< packages that others may import, by folder
    std::vector<GoModule> go_modules_;
    std::unordered_set<std::string> rust_roots_;                ///< folders of root modules
    std::unordered_map<std::string, std::string> rust_crates_;  ///< roots, by the names of crates
    std::unordered_map<NameId, std::vector<std::uint32_t>> files_of_module_;
    std::unordered_map<std::uint64_t, NodeId> rust_wildcards_;  ///< by file and path
    std::vector<RustCrate> rust_manifests_;
    std::unordered_map<NameId, std::vector<FunctionId>>
        default_methods_;  ///< of interfaces that functions may stand for
    std::unordered_map<ObjectId, std::vector<NodeId>> added_bases_;
    std::unordered_map<FunctionId, std::vector<ObjectId>> added_to_;  ///< classes of methods written outside of them
    std::unordered_set<ObjectId> made_classes_;                       ///< that something makes an instance of
    std::unordered_map<ObjectId, std::vector<ObjectId>> below_;
    std::vector<ObjectId> typed_classes_;
    std::unordered_map<ObjectId, std::vector<ObjectId>> assumed_;  ///< classes that a declared one stands for
    std::unordered_map<std::uint64_t, bool> implements_;
    bool hierarchy_is_frozen_ = false;
    std::uint32_t chain_depth_ = 0;
    NameId constructor_name_ = 0, typed_init_name_ = 0, init_name_ = 0, call_name_ = 0, prototype_name_ = 0,
           any_item_ = 0, default_name_ = 0, class_name_ = 0, value_name_ = 0, result_name_ = 0;
};

}  // namespace gsdb::codebase::link

#include "modules/codebase/extract/tree_walk.h"

#include <stdlib.h>

#include "language.h"
#include "subtree.h"
#include "tree.h"

/* A node whose children are being visited. Hidden nodes are there, too: grammars have them, trees do not show them. */
typedef struct {
    const Subtree* children;
    uint32_t count;
    uint32_t next;
    uint32_t structural; /* of the next child: extras (comments) do not count */
    uint32_t production;
    Length position; /* where the last child ended */
    const TSSymbol* aliases;
    bool is_visible;
} Frame;

struct TreeWalk {
    Frame* frames;
    uint32_t frame_count;
    uint32_t frame_capacity;
    uint8_t* path;
    uint32_t path_capacity;
    uint32_t depth; /* of the next visible node */
    uint32_t left;
    uint32_t missing;
    const TSTree* tree;
    TreeRoles roles;
    const Subtree* current; /* the node last stepped on */
    Length position;        /* its */
    bool is_started;
};

TreeWalk* tree_walk_new(void) {
    return calloc(1, sizeof(TreeWalk));
}

void tree_walk_delete(TreeWalk* walk) {
    if (!walk) return;
    free(walk->frames);
    free(walk->path);
    free(walk);
}

void tree_walk_start(TreeWalk* walk, TSNode root, TreeRoles roles) {
    walk->frame_count = 0;
    walk->depth = 0;
    walk->left = 0;
    walk->missing = 0;
    walk->tree = root.tree;
    walk->roles = roles;
    walk->current = root.id;
    walk->position = (Length){ts_node_start_byte(root), ts_node_start_point(root)};
    walk->is_started = false;
}

const uint8_t* tree_walk_path(const TreeWalk* walk) {
    return walk->path;
}
uint32_t tree_walk_missing(const TreeWalk* walk) {
    return walk->missing;
}

static void* grown(void* memory, uint32_t needed, uint32_t* capacity, size_t size) {
    if (needed < *capacity) return memory;
    *capacity = needed < 128 ? 256 : 2 * needed;
    memory = realloc(memory, *capacity * size);
    if (!memory) abort(); /* as tree-sitter does */
    return memory;
}

static inline uint8_t role_of(TreeRoles roles, TSSymbol symbol) {
    if (symbol < roles.count) return roles.roles[symbol];
    return symbol == ts_builtin_sym_error ? tree_role_error : tree_role_none;
}

static void enter(TreeWalk* walk, const Subtree* node, Length position, bool is_visible) {
    walk->frames = grown(walk->frames, walk->frame_count, &walk->frame_capacity, sizeof(Frame));
    const uint32_t production = node->ptr->production_id;
    walk->frames[walk->frame_count++] = (Frame){
        .children = ts_subtree_children(*node),
        .count = node->ptr->child_count,
        .production = production,
        .position = position,
        .aliases = ts_language_alias_sequence(walk->tree->language, production),
        .is_visible = is_visible,
    };
    if (is_visible) walk->depth++;
}

/* Notes the role of a visible node; whether it is one to stop at. */
static inline bool arrive(TreeWalk* walk, const Subtree* node, TSSymbol symbol, Length position, TreeStep* step) {
    walk->path = grown(walk->path, walk->depth, &walk->path_capacity, sizeof(uint8_t));
    const uint8_t role = role_of(walk->roles, symbol);
    walk->path[walk->depth] = role;
    if (walk->depth < walk->left) walk->left = walk->depth;
    if (role == tree_role_none) return false;
    step->depth = walk->depth;
    step->left = walk->left;
    step->role = role;
    walk->current = node;
    walk->position = position;
    walk->left = UINT32_MAX;
    return true;
}

bool tree_walk_next(TreeWalk* walk, bool descend, TreeStep* step) {
    if (!walk->is_started) {
        walk->is_started = true;
        const Subtree* root = walk->current;
        step->node = ts_node_new(walk->tree, root, walk->position, 0);
        if (arrive(walk, root, ts_subtree_symbol(*root), walk->position, step)) return true;
        descend = true;
    }
    if (descend && ts_subtree_child_count(*walk->current) > 0) enter(walk, walk->current, walk->position, true);

    while (walk->frame_count > 0) {
        Frame* frame = &walk->frames[walk->frame_count - 1];
        if (frame->next == frame->count) {
            if (frame->is_visible) walk->depth--;
            walk->frame_count--;
            continue;
        }
        const Subtree* child = &frame->children[frame->next];
        Length position = frame->position;
        if (frame->next > 0) position = length_add(position, ts_subtree_padding(*child));
        frame->position = length_add(position, ts_subtree_size(*child));
        frame->next++;
        if (frame->next < frame->count && !frame->children[frame->next].data.is_inline)
            __builtin_prefetch(frame->children[frame->next].ptr);

        TSSymbol alias = 0;
        if (!ts_subtree_extra(*child)) {
            if (frame->aliases) alias = frame->aliases[frame->structural];
            frame->structural++;
        }
        if (ts_subtree_missing(*child)) walk->missing++;
        if (!alias && !ts_subtree_visible(*child)) {
            if (ts_subtree_visible_child_count(*child) > 0) enter(walk, child, position, false);
            continue;
        }
        if (arrive(walk, child, alias ? alias : ts_subtree_symbol(*child), position, step)) {
            step->node = ts_node_new(walk->tree, child, position, alias);
            return true;
        }
        if (ts_subtree_child_count(*child) > 0) enter(walk, child, position, true);
    }
    return false;
}

TSFieldId tree_walk_field(const TreeWalk* walk) {
    /* A field of a hidden node belongs to the visible one around it. */
    for (uint32_t i = walk->frame_count; i > 0; --i) {
        const Frame* frame = &walk->frames[i - 1];
        if (ts_subtree_extra(frame->children[frame->next - 1])) return 0;
        const TSFieldMapEntry *entry, *end;
        ts_language_field_map(walk->tree->language, frame->production, &entry, &end);
        for (; entry < end; ++entry)
            if (!entry->inherited && entry->child_index == frame->structural - 1) return entry->field_id;
        if (frame->is_visible) return 0;
    }
    return 0;
}

/* Lists of children are balanced trees of hidden nodes, so this is as deep as a logarithm. */
static uint32_t count_in(const Subtree* node, const TSLanguage* language, TreeRoles roles, uint32_t depth) {
    const uint32_t child_count = ts_subtree_child_count(*node);
    if (child_count == 0) return 0;
    const TSSymbol* aliases = ts_language_alias_sequence(language, node->ptr->production_id);
    const Subtree* children = ts_subtree_children(*node);
    uint32_t count = 0;
    uint32_t structural = 0;
    for (uint32_t i = 0; i < child_count; ++i) {
        const Subtree* child = &children[i];
        TSSymbol alias = 0;
        if (!ts_subtree_extra(*child)) {
            if (aliases) alias = aliases[structural];
            structural++;
        }
        if (alias) {
            count += ts_language_symbol_metadata(language, alias).named;
        } else if (ts_subtree_visible(*child)) {
            count += ts_subtree_named(*child) && role_of(roles, ts_subtree_symbol(*child)) != tree_role_comment;
        } else if (ts_subtree_visible_child_count(*child) > 0) {
            count += depth < 200 ? count_in(child, language, roles, depth + 1) : child->ptr->named_child_count;
        }
    }
    return count;
}

uint32_t tree_count_children(TSNode node, TreeRoles roles) {
    return count_in(node.id, node.tree->language, roles, 0);
}

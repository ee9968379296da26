#pragma once
/* Walks a syntax tree in the order of its text and stops at the nodes that mean something.
 *
 * TSTreeCursor visits every token through several calls; three quarters of a tree are tokens that no rule asks for.
 * This walk reads the nodes where they lie (it knows tree-sitter's own headers, of the version that package-lock.json
 * fixes) and costs a fifth of the cursor. tests/tree_walk_test.cpp compares the two on whole files. */

#include <stdbool.h>
#include <stdint.h>
#include <tree_sitter/api.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct TreeWalk TreeWalk;

/* What a node means, by the number of its symbol. 0 is nothing: the walk passes over the node, not over what is in it.
 */
typedef struct {
    const uint8_t* roles;
    uint32_t count; /* of symbols; those beyond are errors */
} TreeRoles;

enum { tree_role_none = 0, tree_role_error = 1, tree_role_comment = 2 };

typedef struct {
    TSNode node;
    uint32_t depth; /* the root is at 0; nodes without role count */
    uint32_t left; /* the smallest depth at which a node began since the last step: what began there or deeper before is
                      over */
    uint8_t role;
} TreeStep;

/* Memory for walks, to be used for one after the other; null when there is none left. */
TreeWalk* tree_walk_new(void);
void tree_walk_delete(TreeWalk*);

/* The tree must outlive the walk. */
void tree_walk_start(TreeWalk*, TSNode root, TreeRoles roles);
/* Goes to the next node with a role, into the last one only if `descend`. False at the end. */
bool tree_walk_next(TreeWalk*, bool descend, TreeStep* step);

/* The roles of the nodes from the root down to the one last stepped on. */
const uint8_t* tree_walk_path(const TreeWalk*);
/* The field of its parent in which that node stands, 0 if none. */
TSFieldId tree_walk_field(const TreeWalk*);
/* Tokens the parser invented to go on; counted up to here. */
uint32_t tree_walk_missing(const TreeWalk*);

/* How many named children that are not comments the node has. */
uint32_t tree_count_children(TSNode node, TreeRoles roles);

#ifdef __cplusplus
}
#endif

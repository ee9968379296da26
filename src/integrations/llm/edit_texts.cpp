// What a model is told of the edit protocol.
#include <fmt/format.h>

#include "integrations/llm/edit_protocol.hpp"

namespace gsdb::llm {

std::string_view edit_instructions() {
    return R"(You change files by writing edits into your answer. You have no other tools. Everything that is not an edit or the report is read as explanation.

To change a file, name it, then give one block or several. Each block has the lines to look for and the lines to put in their place:

FILE: path/from/the/root.txt
<<<<<<< SEARCH
lines as they are in the file
=======
lines as they shall be
>>>>>>> REPLACE

Rules for blocks:
- The lines between SEARCH and ======= must be whole lines of the file, copied with their indentation, and must be in it exactly once. Add lines before or after until they are.
- Nothing may be left out: no "..." for lines that stay.
- Blocks are carried out in order; each sees what those before it did.
- With nothing between SEARCH and ======= the file is new. To rewrite a file, delete it first.
- If the text itself has a line like a marker, write the three markers of that block with more characters, for example nine: <<<<<<<<< SEARCH, =========, >>>>>>>>> REPLACE.

To delete or rename a file, write one line:

DELETE: path/of/file.txt
RENAME: old/path.txt -> new/path.txt

Paths are relative to the root of the repository, with / between their parts.

The last thing in your answer is the report, a fenced block of JSON:

```json
{"summary": "what you did, in a sentence or two", "status": "done", "criteria": [{"criterion": "as it was given", "met": true, "evidence": "where it can be seen"}]}
```

"status" is "done", "nothing_to_do" when no change is needed (then there are no edits), or "failed" when you cannot do it. "criteria" has one entry for each acceptance criterion that you were given.
)";
}

std::string repair_prompt(std::span<const Problem> problems) {
    std::string text = "Nothing of your answer was carried out, because of this:\n\n";
    for (const auto& problem : problems)
        text += problem.line > 0 ? fmt::format("- line {} of your answer: {}\n", problem.line, problem.text)
                                 : fmt::format("- {}\n", problem.text);
    return text + "\nGive the whole answer once more, with all edits and the report, and with this put right.\n";
}

}  // namespace gsdb::llm

#pragma once
// Answers of questions.hpp as JSON: the same over HTTP and from the command line.

#include <boost/json.hpp>
#include <vector>

#include "modules/codebase/comparison.hpp"
#include "modules/codebase/context.hpp"
#include "modules/codebase/dead_code.hpp"
#include "modules/codebase/explanation.hpp"
#include "modules/codebase/package_questions.hpp"
#include "modules/codebase/quality_questions.hpp"
#include "modules/codebase/questions.hpp"
#include "modules/codebase/search.hpp"

namespace gsdb::codebase {

boost::json::value to_json(const Symbol& symbol);
boost::json::value to_json(const Step& step);
boost::json::value to_json(const Mention& mention);
boost::json::value to_json(const DeadElement& element);
boost::json::object to_json(const SourceLines& lines);
boost::json::value to_json(const ContextPiece& piece);
boost::json::object to_json(const Context& context);
boost::json::value to_json(const Hotspot& file);
boost::json::value to_json(const Owner& owner);
boost::json::value to_json(const CoChange& file);
boost::json::object to_json(const Explanation& explanation);
boost::json::value to_json(const ElementChange& change);
boost::json::value to_json(const LinkChange& change);
boost::json::object to_json(const Comparison& comparison);

boost::json::value to_json(const KnownDuplicate& duplicate);
boost::json::object to_json(const QualityReport& report);
boost::json::value to_json(const UsedPackage& package);
boost::json::value to_json(const MissingPackage& missing);

template <class Item>
boost::json::array to_json(const std::vector<Item>& items) {
    boost::json::array array;
    for (const auto& item : items) array.push_back(to_json(item));
    return array;
}

}  // namespace gsdb::codebase

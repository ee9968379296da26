#pragma once
// Answers of questions.hpp as JSON: the same over HTTP and from the command line.

#include <boost/json.hpp>
#include <vector>

#include "modules/codebase/dead_code.hpp"
#include "modules/codebase/questions.hpp"

namespace gsdb::codebase {

boost::json::value to_json(const Symbol& symbol);
boost::json::value to_json(const Step& step);
boost::json::value to_json(const Mention& mention);
boost::json::value to_json(const DeadElement& element);

template <class Item>
boost::json::array to_json(const std::vector<Item>& items) {
    boost::json::array array;
    for (const auto& item : items) array.push_back(to_json(item));
    return array;
}

}  // namespace gsdb::codebase

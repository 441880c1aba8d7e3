#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

#include "rules/decision_state.h"

namespace revisitd::rules {

class CourseReadError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// What every slot moves in a decision's state, as bytes put behind `out`.
void append_course(const DecisionState& state, std::string& out);

// Reads it into the state of the same moment, which has the same triggers already; means that the
// state has are replaced. Throws CourseReadError for bytes that are no course of these triggers.
void read_course(std::string_view course, DecisionState& state);

}  // namespace revisitd::rules

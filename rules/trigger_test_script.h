#pragma once

#include <optional>
#include <vector>

#include "rules/trigger_test_run.h"

namespace revisitd::rules {

// A trigger test as a replay. Parallel to the script's events: what each of them stands for.
struct TestScript {
  struct Origin {
    std::optional<std::size_t> event;  // of the test
    std::optional<std::size_t> check;  // a look for its sake
  };
  ReplayScript script;
  std::vector<Origin> origins;
};
TestScript make_test_script(const TriggerTest& test, const TestInputs& inputs);

// Whether a check asks how things stand at its time, rather than what has happened until then.
bool is_moment(const TestCheck& check);

}  // namespace revisitd::rules

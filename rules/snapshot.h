#pragma once

#include <boost/container/flat_map.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "rules/decision_inputs.h"
#include "rules/interned.h"
#include "rules/signal_means.h"

namespace revisitd::rules {

// By signal and slot length; found without a copy of the name.
struct SignalAndLengthLess {
  using is_transparent = void;
  template <class A, class B>
  bool operator()(const A& a, const B& b) const {
    const int order = std::string_view(a.first).compare(b.first);
    return order != 0 ? order < 0 : a.second < b.second;
  }
};

// The inputs of a decision, kept from the time its revision was first seen, so that "then" is known
// later on. People and fleet are those of that moment; a signal is the mean of its first day
// (rules/signal_means.h), because what a signal is takes a day to be seen.
struct Snapshot {
  std::optional<TimePoint> taken;  // when the revision was first seen
  Interned<PeopleInputs> people;   // of the first roster that was valid; who had shipped, of the
                                   // first one that knew
  Interned<FleetInputs> fleet;
  boost::container::flat_map<std::pair<std::string, Duration>, SignalMeans, SignalAndLengthLess>
      signals;
  std::string language;  // that ran while the newest values of the signals were measured

  // Another language runs: what is said of now begins anew.
  void run_in(std::string_view language);

  // At the shortest slot length that can tell.
  [[nodiscard]] std::optional<MeanValue> then(std::string_view signal) const;
  [[nodiscard]] std::optional<MeanValue> now(std::string_view signal, TimePoint at) const;
};

}  // namespace revisitd::rules

#pragma once

#include <boost/container/flat_set.hpp>
#include <boost/container/small_vector.hpp>
#include <functional>

#include "rules/time.h"

namespace revisitd::collectors {

// The slot lengths that a signal is gathered at, ascending; a signal nearly always has one or two,
// which lie in place.
using SlotLengths =
    boost::container::flat_set<Duration, std::less<>, boost::container::small_vector<Duration, 2>>;

}  // namespace revisitd::collectors

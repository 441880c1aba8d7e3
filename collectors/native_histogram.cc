#include "collectors/native_histogram.h"

namespace revisitd::collectors {}  // namespace revisitd::collectors

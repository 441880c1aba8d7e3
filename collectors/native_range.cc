#include "collectors/native_range.h"

namespace revisitd::collectors {}  // namespace revisitd::collectors

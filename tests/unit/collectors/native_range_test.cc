#include "collectors/native_range.h"

#include <gtest/gtest.h>

#include "collectors/protobuf_parser.h"

#include <gtest/gtest.h>

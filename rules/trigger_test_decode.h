#pragma once

#include "rules/trigger_test.h"
#include "rules/yaml_decode.h"

// The parts of a trigger test; private to its decoder.
namespace revisitd::rules {

// A list of record files.
TestEvent::RecordFiles decode_record_files(const YamlValue& list);
// One entry under `events:`. The test's start must be read.
void decode_event(const YamlValue& item, TriggerTest& test);
// One entry under `expect:`: a check for each thing it names.
void decode_expectation(const YamlValue& item, TriggerTest& test);

}  // namespace revisitd::rules

#pragma once
// What others may use of the events module.

#include "migrate/module_schema.hpp"
#include "modules/events/archiver.hpp"
#include "modules/events/dead_letters.hpp"
#include "modules/events/deliverer.hpp"
#include "modules/events/event_json.hpp"
#include "modules/events/line_file.hpp"
#include "modules/events/notion_refetcher.hpp"
#include "modules/events/patterns.hpp"
#include "modules/events/processing.hpp"
#include "modules/events/program_events.hpp"
#include "modules/events/pushes.hpp"
#include "modules/events/questions.hpp"
#include "modules/events/receiver.hpp"
#include "modules/events/reconciler.hpp"
#include "modules/events/retention.hpp"
#include "modules/events/routes.hpp"
#include "modules/events/signature.hpp"
#include "modules/events/sources.hpp"
#include "modules/events/subscriptions.hpp"
#include "modules/events/transfer.hpp"

namespace gsdb::events {

migrate::ModuleSchema schema();

}  // namespace gsdb::events

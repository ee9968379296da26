// Boost.Asio's own code, compiled here once: the headers of the others have its declarations only.
#include <boost/asio/impl/src.hpp>

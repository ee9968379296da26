#include <gmock/gmock.h>
#include <libpq-fe.h>

#include <memory>

#include "cluster/cluster.hpp"
#include "cluster/test_cluster.hpp"

namespace gsdb::cluster {
namespace {

std::string ask(const std::string& conninfo, const std::string& sql) {
    std::unique_ptr<PGconn, decltype(&PQfinish)> connection(PQconnectdb(conninfo.c_str()), &PQfinish);
    std::unique_ptr<PGresult, decltype(&PQclear)> result(PQexec(connection.get(), sql.c_str()), &PQclear);
    if (PQresultStatus(result.get()) != PGRES_TUPLES_OK) return PQerrorMessage(connection.get());
    return PQntuples(result.get()) > 0 ? PQgetvalue(result.get(), 0, 0) : "";
}

TEST(TestCluster, gives_each_test_a_database_of_its_own) {
    TestDatabase one;
    TestDatabase two;
    EXPECT_NE(one.name(), two.name());
    EXPECT_EQ(ask(one.conninfo(), "select current_database()"), one.name());
}

}  // namespace
}  // namespace gsdb::cluster

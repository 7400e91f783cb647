"""Rules as DQDL's own tests and AWS's guide write them, in the form that Glue prints."""

from __future__ import annotations

PRINTED = r"""
IsPrimaryKey "colA"
IsPrimaryKey "colA" "colB"
IsPrimaryKey colA "col B"
IsPrimaryKey "colA" where "colA > 100"
RowCount = 100
RowCount != 100
RowCount = -100
RowCount = 100 where "colA > 100"
RowCount between (0.9 * average(last(10))) and 1.1 * average(last(10))
RowCount not between (0.9 * average(last(10))) and 1.1 * average(last(10))
RowCount > avg(last(10)) * 0.8
RowCount > index(last(3),0) - 5
RowCount in [1,2,3]
RowCountMatch "reference" >= 0.95
Completeness "col_1" between 0.5 and 0.8
Completeness of col_1 not between 0.5 and 0.8
Completeness "col_1" between -0.5 and -0.4
Completeness "col_1" between 0.5 and 0.8 where "col-A > 100"
IsComplete "col_1" where "col-A > 100"
ColumnDataType "col_1" != "String"
ColumnDataType "col_1" = "String" with threshold between 0.4 and 0.8
ColumnDataType "col_1" in ["Date","String"] with threshold > 0.9
ColumnDataType "col_1" = "Date" with format = "dd-MM-yyyy"
ColumnDataType "c" = "Decimal(10,2)"
ColumnNamesMatchPattern "aws_.*_[a-zA-Z0-9]+"
ColumnExists "load_dt"
ColumnCount >= 100
ColumnCount = avg(std(last(percentile(1,2,3))))
ColumnCount > -100.123456
ColumnCorrelation of col_1 col_2 between 0.4 and 0.8
ColumnCorrelation of col_1 and "col abc" between 0.4 and 0.8
ColumnCorrelation "col_1" "col_2" between -0.44444 and 0.888888
Uniqueness "col_1" "col_2" "col_3" > 0.5
Uniqueness "col_1" between -0.00000001 and 0.00000000000002
IsUnique "col_1" where "col-A > 100"
ColumnValues "col_1" between "2022-06-01" and "2022-06-30"
ColumnValues "load_dt" > (now() - 1 days)
ColumnValues "order-id" in [1,2,3,4,NULL]
ColumnValues "order-id" not in ["1","2","3","4"]
ColumnValues "col-A" < (now() - 25 minutes)
ColumnValues "col-A" > "9:30 AM"
ColumnValues "col-A" between "9:00 AM" and "21:50"
ColumnValues "col-A" matches "[a-zA-Z0-9]*"
ColumnValues "col-A" not matches "\d+\.[a-z]" with threshold <= 0.4
ColumnValues "col-A" >= now()
ColumnValues "col-A" not between (now() - 3 hours) and (now() + 14 days)
ColumnValues "col-A" in [now(),(now() - 3 hours),"2022-01-01"]
ColumnValues "col-A" = NULL
ColumnValues "col-A" != WHITESPACES_ONLY
ColumnValues "col-A" not in ["a",NULL,EMPTY,WHITESPACES_ONLY]
ColumnValues "col-A" in ["2022-01-01",NULL] with threshold > 0.98
ColumnValues "col-A" <= 0.4 with threshold not between 0.4 and 0.8
ColumnValues "samCol" in ["B","a",NULL] with ignoreCase = "true"
ColumnValues "a" in ["say \"so\"","a,,b","C:\\"]
Sum "col_A-B.C" > -100.0 where "col-A > 100"
Mean "col_A-B.CD" between -20 and -10
StandardDeviation "col_A-B.CD" <= -10000.0
Variance "col_A-B.CD" between 0.1 and 0.5
Entropy "col_A-B.CD" between 10 and 30 where "col-A > 100"
DistinctValuesCount "col_A-B.CD" > 1000
UniqueValueRatio "col_A-B.CD" < 0.5
ColumnLength "col_A-B.CD" >= 100 where "col-A > 100"
DataFreshness "col-A" <= 3 days
DataFreshness "col-A" between 2 minutes and 4 minutes
ReferentialIntegrity "col-A,col-B" "reference.{col-A1,col-A2}" = 0.99
DatasetMatch "reference" "ID1->ID11,ID2->ID22" "colA->colAA" between 0.4 and 0.8
SchemaMatch "ref-1" >= 1.0
AggregateMatch "SUM(col-A)" "SUM(reference.colA)" >= 0.95
CustomSql "select count(*) from primary" > 0
CustomSql "select col-A from primary" with threshold > 0.5
DetectAnomalies "RowCount"
DetectAnomalies of Completeness of "colA"
DetectAnomalies of ColumnCorrelation of "colA" and "colB"
FileMatch in ["hashList","hashList"]
FileMatch "S3://PATH1" in ["a"] with tag1 = "sampom" with tag2 = "pomsam"
FileMatch "S3://PATH1" "S3://PATH2" with randomTagThing = "@sampom"
FileUniqueness > 0.5
FileSize not between 50 GB and 1 TB
FileSize not in [500 KB,150 GB]
FileFreshness "S3://PATH" > "21:45" with timeZone = "America/New_York"
FileFreshness "S3://PATH" between (now() + 5 minutes) and "21:45"
FileFreshness > "9:30 AM" with recentFiles = 1 with filterOrder = ["uriRegex","recentFiles"]
FileSize < 5 B labels=["key1"="value1", "key2"="value2"]
(ColumnValues "A" in [NULL,EMPTY]) AND (ColumnValues "B" != WHITESPACES_ONLY)
(RowCount > 0) OR (IsComplete "colA") OR (IsUnique "colA")
((RowCount > 0) AND (IsComplete "colB")) OR ((IsComplete "colA") AND (IsUnique "colA"))
((RowCount > 0) AND (IsComplete "colB")) labels=["team"="data"]
DuplicateRowCount = 0
InterquartileRange "a" < 5.0
""".strip().splitlines()
"""Parsing and printing one of these gives the same text."""

INVALID = r"""
Rules = {
Rules = { }
Rules = [
Rules = ]
Rules = Abcdefg123
Rules11 = [ ColumnValues "load_dt" > (now() - 1) ]
Rules = [ 11ColumnValues "load_dt" > (now() - 1) ]
Rules = [ ColumnValues "load_dt" "load_dt_2" > (now() - 1 days) ]
Rules = [ Completeness "col-A" ]
Rules = [ ColumnNamesMatchPattern aws_* ]
Rules = [ IsComplete "col-A" > 0.05 ]
Rules = [ IsPrimaryKey "col-A" between 1 and 2 ]
Rules = [ ColumnDataType "col-A" with threshold > 0.7 ]
Rules = [ ColumnDataType "col-A" "col-B" ]
Rules = [ ColumnValues "col-A" matches ]
Rules = [ ColumnValues "col-A" now() ]
Rules = [ ColumnValues "col-A" > now() + 1 hours ]
Rules = [ ColumnValues "col-A" = (now() - 3 weeks) ]
Rules = [ Completeness "col-A" > 0.4 with threshold > 0.4]
Rules = [ ColumnValues "col-A" > 0.4 with]
Rules = [ ColumnValues "col-A" > 0.4 threshold]
Rules = [ ColumnValues "col-A" in [1,"2"] ]
Rules = [ DataFreshness "col-A" <= 3 ]
Rules = [ DataFreshness "col-A" between 2 and 4 days ]
Rules = [ ReferentialIntegrity "col-A" = 0.99 ]
Rules = [ DatasetMatch "reference" = 0.99 ]
Rules = [ DatasetMatch "reference" "ID" "colA" > 0.9 with threshold > 0.9]
Rules = [ SchemaMatch "ref-1" "ref-2" ]
Rules = [ AggregateMatch "sum(col-A)" > 0.1 ]
Rules = [ DetectAnomalies ]
Rules = [ AllStatistics "id" ]
Rules = [ IsComplete "colA" where "" ]
Rules = [ IsPrimaryKey "colZ" labels=[key=value] ]
Rules = [ IsPrimaryKey "colZ" labels=[] ]
Rules = [ IsPrimaryKey "col-A"] Analyzers = [ IsComplete "colA" ]
Rules = [ IsPrimaryKey "col-A"] Analyzers = [ Completeness "colA", ]
Rules = [ IsPrimaryKey "col-A"] Analyzers = [ Completeness "colA", Foo ]
Rules = [ IsPrimaryKey "col-A"] Analyzers = [ Completeness "colA" > 1.0 ]
Metadata = { "VersionFoo": "1.0" } Rules = [ IsPrimaryKey "colA" ]
DataSources = { "PrimaryFoo": "orders" } Rules = [ IsPrimaryKey "colA" ]
a = "$b" Rules = [ IsComplete $a ]
_a = "b" Rules = [ IsComplete "c" ]
a = "b" a = "c" Rules = [ IsComplete "c" ]
Rules = [ IsComplete $missing ]
Analyzers = [ RowCount ] Rules = [ RowCount > 0 ]
Rules = [ ColumnCount > 0 where "a > 1" ]
Rules = [ DetectAnomalies "FileSize" ]
""".strip().splitlines()
"""Texts that are no rulesets."""

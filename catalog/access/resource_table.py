"""Which resources each operation of AWS Glue needs rights on: one row a set of templates.

A template is a resource of the caller's account, ``TYPE/NAME``. ``{Member}`` is a member of the
request, ``{A.B}`` one of a member; a list gives a resource for each of its items, and what the
request leaves out is ``*``. ``{@schema ...}``, ``{@registry ...}`` and ``{@arn ...}`` read Glue's
other ways to name things. A template after a ``?`` counts only where the request has its members:
the targets of links, since a link shows what it leads to.

Source: Service Authorization Reference, "Actions, resources, and condition keys for AWS Glue";
where it says that an action takes no resource, the type's own ``*`` stands here, so that both
``*`` and ``job/*`` allow it. Deleting needs the right on what is deleted along, as in the AWS
Glue developer guide, "Specifying AWS Glue resource ARNs".
"""

from __future__ import annotations

_DATABASE = "catalog database/{DatabaseName}"
_DATABASE_LINK = (
    "?database/{DatabaseInput.TargetDatabase.DatabaseName}"
    " ?table/{DatabaseInput.TargetDatabase.DatabaseName}/*"
)
_TABLE_LINK = "?table/{TableInput.TargetTable.DatabaseName}/{TableInput.TargetTable.Name}"
_TABLE = f"{_DATABASE} table/{{DatabaseName}}/{{TableName}}"
_FUNCTION = f"{_DATABASE} userDefinedFunction/{{DatabaseName}}"
_SOURCE_DATABASE = (
    "{DataSource.GlueTable.DatabaseName|DataSource.DataQualityGlueTable.DatabaseName}"
)
_SOURCE_TABLE = "{DataSource.GlueTable.TableName|DataSource.DataQualityGlueTable.TableName}"
_DATA_SOURCE = f"catalog database/{_SOURCE_DATABASE} table/{_SOURCE_DATABASE}/{_SOURCE_TABLE}"

CATALOG: tuple[tuple[str, str], ...] = (
    (
        "catalog",
        (
            "GetCatalogImportStatus ImportCatalogToGlue GetDataCatalogEncryptionSettings"
            " PutDataCatalogEncryptionSettings GetDataCatalogExportConfiguration"
            " PutDataCatalogExportConfiguration GetResourcePolicies"
        ),
    ),
    ("{@arn ResourceArn}", "GetResourcePolicy PutResourcePolicy DeleteResourcePolicy"),
    ("catalog catalog/{Name}", "CreateCatalog"),
    ("catalog", "GetCatalog UpdateCatalog"),
    ("catalog catalog/*", "GetCatalogs"),
    ("catalog database/* table/*/* userDefinedFunction/*/*", "DeleteCatalog"),
    (f"catalog database/{{DatabaseInput.Name}} {_DATABASE_LINK}", "CreateDatabase"),
    (
        f"catalog database/{{Name}} database/{{DatabaseInput.Name}} {_DATABASE_LINK}",
        "UpdateDatabase",
    ),
    ("catalog database/{Name}", "GetDatabase"),
    ("catalog database/*", "GetDatabases"),
    (
        "catalog database/{Name} table/{Name}/* tableVersion/{Name}/* userDefinedFunction/{Name}/*",
        "DeleteDatabase",
    ),
    (f"{_DATABASE} table/{{DatabaseName}}/{{TableInput.Name|Name}} {_TABLE_LINK}", "CreateTable"),
    (
        (
            f"{_DATABASE} table/{{DatabaseName}}/{{Name|TableInput.Name}}"
            f" table/{{DatabaseName}}/{{TableInput.Name|Name}} {_TABLE_LINK}"
        ),
        "UpdateTable",
    ),
    (f"{_DATABASE} table/{{DatabaseName}}/{{Name}}", "GetTable GetUnfilteredTableMetadata"),
    (f"{_DATABASE} table/{{DatabaseName}}/*", "GetTables"),
    ("catalog database/* table/*/*", "SearchTables"),
    (f"{_DATABASE} table/{{DatabaseName}}/{{Name}}", "DeleteTable"),
    (f"{_DATABASE} table/{{DatabaseName}}/{{TablesToDelete}}", "BatchDeleteTable"),
    (f"{_TABLE} tableVersion/{{DatabaseName}}/{{TableName}}/*", "GetTableVersions"),
    (
        f"{_TABLE} tableVersion/{{DatabaseName}}/{{TableName}}/{{VersionId}}",
        "GetTableVersion DeleteTableVersion",
    ),
    (
        f"{_TABLE} tableVersion/{{DatabaseName}}/{{TableName}}/{{VersionIds}}",
        "BatchDeleteTableVersion",
    ),
    (
        _TABLE,
        (
            "BatchCreatePartition BatchDeletePartition BatchGetPartition BatchUpdatePartition"
            " CreatePartition DeletePartition GetPartition GetPartitions UpdatePartition"
            " CreatePartitionIndex DeletePartitionIndex GetPartitionIndexes"
            " GetUnfilteredPartitionMetadata GetUnfilteredPartitionsMetadata"
            " GetColumnStatisticsForPartition UpdateColumnStatisticsForPartition"
            " DeleteColumnStatisticsForPartition GetColumnStatisticsForTable"
            " UpdateColumnStatisticsForTable DeleteColumnStatisticsForTable"
            " StartColumnStatisticsTaskRun StopColumnStatisticsTaskRun GetColumnStatisticsTaskRuns"
            " CreateColumnStatisticsTaskSettings GetColumnStatisticsTaskSettings"
            " UpdateColumnStatisticsTaskSettings DeleteColumnStatisticsTaskSettings"
            " StartColumnStatisticsTaskRunSchedule StopColumnStatisticsTaskRunSchedule"
            " CreateTableOptimizer GetTableOptimizer UpdateTableOptimizer DeleteTableOptimizer"
            " ListTableOptimizerRuns StartMaterializedViewRefreshTaskRun"
            " StopMaterializedViewRefreshTaskRun ListMaterializedViewRefreshTaskRuns"
        ),
    ),
    (
        "catalog database/* table/*/*",
        "GetColumnStatisticsTaskRun ListColumnStatisticsTaskRuns GetMaterializedViewRefreshTaskRun",
    ),
    (
        "catalog database/{Entries.databaseName} table/{Entries.databaseName}/{Entries.tableName}",
        "BatchGetTableOptimizer",
    ),
    (f"{_FUNCTION}/{{FunctionInput.FunctionName}}", "CreateUserDefinedFunction"),
    (f"{_FUNCTION}/{{FunctionName}}", "GetUserDefinedFunction DeleteUserDefinedFunction"),
    (
        (
            f"{_FUNCTION}/{{FunctionName}}"
            " userDefinedFunction/{DatabaseName}/{FunctionInput.FunctionName}"
        ),
        "UpdateUserDefinedFunction",
    ),
    (f"{_FUNCTION}/*", "GetUserDefinedFunctions"),
    ("catalog connection/{ConnectionInput.Name}", "CreateConnection"),
    ("catalog connection/{Name} connection/{ConnectionInput.Name}", "UpdateConnection"),
    ("catalog connection/{Name}", "GetConnection"),
    ("catalog connection/*", "GetConnections"),
    (
        "catalog connection/{ConnectionName}",
        "DeleteConnection TestConnection DescribeEntity ListEntities GetEntityRecords",
    ),
    ("catalog connection/{ConnectionNameList}", "BatchDeleteConnection"),
    ("connectionType/{ConnectionType}", "RegisterConnectionType DeleteConnectionType"),
    ("connectionType/{ConnectionType}", "DescribeConnectionType"),
    ("connectionType/*", "ListConnectionTypes"),
    ("{@arn ResourceArn}", "GetTags TagResource UntagResource"),
)

RUNNING: tuple[tuple[str, str], ...] = (
    ("crawler/{Name}", "CreateCrawler DeleteCrawler GetCrawler StartCrawler StopCrawler"),
    ("crawler/{Name}", "UpdateCrawler"),
    (
        "crawler/{CrawlerName}",
        "ListCrawls StartCrawlerSchedule StopCrawlerSchedule UpdateCrawlerSchedule",
    ),
    ("crawler/{CrawlerNames}", "BatchGetCrawlers"),
    ("crawler/{CrawlerNameList}", "GetCrawlerMetrics"),
    ("crawler/*", "GetCrawlers ListCrawlers"),
    (
        "classifier/{GrokClassifier.Name|XMLClassifier.Name|JsonClassifier.Name|CsvClassifier.Name}",
        "CreateClassifier UpdateClassifier",
    ),
    ("classifier/{Name}", "GetClassifier DeleteClassifier"),
    ("classifier/*", "GetClassifiers"),
    ("job/{Name}", "CreateJob"),
    (
        "job/{JobName}",
        (
            "GetJob UpdateJob DeleteJob StartJobRun GetJobRun GetJobRuns BatchStopJobRun"
            " GetJobBookmark ResetJobBookmark GetSystemLogsForJobRun UpdateJobFromSourceControl"
            " UpdateSourceControlFromJob"
        ),
    ),
    ("job/{jobName}", "StartJobUpgradeAnalysis GetJobUpgradeAnalysis StopJobUpgradeAnalysis"),
    ("job/{JobNames}", "BatchGetJobs"),
    ("job/*", "GetJobs ListJobs"),
    ("job/{ResourceId} session/{ResourceId}", "GetDashboardUrl"),
    ("job/*", "CreateScript GetDataflowGraph"),
    (
        (
            "catalog database/{Source.DatabaseName} table/{Source.DatabaseName}/{Source.TableName}"
            " database/{Sinks.DatabaseName} table/{Sinks.DatabaseName}/{Sinks.TableName}"
        ),
        "GetMapping GetPlan",
    ),
    (
        "trigger/{Name}",
        "CreateTrigger GetTrigger UpdateTrigger DeleteTrigger StartTrigger StopTrigger",
    ),
    ("trigger/{TriggerNames}", "BatchGetTriggers"),
    ("trigger/*", "GetTriggers ListTriggers"),
    (
        "workflow/{Name}",
        (
            "CreateWorkflow GetWorkflow UpdateWorkflow DeleteWorkflow StartWorkflowRun"
            " StopWorkflowRun ResumeWorkflowRun GetWorkflowRun GetWorkflowRuns"
            " GetWorkflowRunProperties PutWorkflowRunProperties"
        ),
    ),
    ("workflow/{Names}", "BatchGetWorkflows"),
    ("workflow/*", "ListWorkflows"),
    ("blueprint/{Name}", "CreateBlueprint GetBlueprint UpdateBlueprint DeleteBlueprint"),
    ("blueprint/{BlueprintName}", "StartBlueprintRun GetBlueprintRun GetBlueprintRuns"),
    ("blueprint/{Names}", "BatchGetBlueprints"),
    ("blueprint/*", "ListBlueprints"),
    ("devEndpoint/{EndpointName}", "CreateDevEndpoint GetDevEndpoint UpdateDevEndpoint"),
    ("devEndpoint/{EndpointName}", "DeleteDevEndpoint"),
    ("devEndpoint/{DevEndpointNames}", "BatchGetDevEndpoints"),
    ("devEndpoint/*", "GetDevEndpoints ListDevEndpoints"),
    ("session/{Id}", "CreateSession GetSession StopSession DeleteSession GetSystemLogsForSession"),
    (
        "session/{SessionId}",
        "RunStatement GetStatement ListStatements CancelStatement GetSessionEndpoint",
    ),
    ("session/*", "ListSessions"),
    ("usageProfile/{Name}", "CreateUsageProfile GetUsageProfile UpdateUsageProfile"),
    ("usageProfile/{Name}", "DeleteUsageProfile"),
    ("usageProfile/*", "ListUsageProfiles"),
    ("securityConfiguration/{Name}", "CreateSecurityConfiguration GetSecurityConfiguration"),
    ("securityConfiguration/{Name}", "DeleteSecurityConfiguration"),
    ("securityConfiguration/*", "GetSecurityConfigurations"),
    ("mlTransform/*", "CreateMLTransform GetMLTransforms ListMLTransforms"),
    (
        "mlTransform/{TransformId}",
        (
            "GetMLTransform UpdateMLTransform DeleteMLTransform GetMLTaskRun GetMLTaskRuns"
            " CancelMLTaskRun StartExportLabelsTaskRun StartImportLabelsTaskRun"
            " StartMLEvaluationTaskRun StartMLLabelingSetGenerationTaskRun"
        ),
    ),
)

QUALITY: tuple[tuple[str, str], ...] = (
    (
        "dataQualityRuleset/{Name}",
        (
            "CreateDataQualityRuleset GetDataQualityRuleset UpdateDataQualityRuleset"
            " DeleteDataQualityRuleset CreateDataQualityEvaluationConfig"
            " GetDataQualityEvaluationConfig UpdateDataQualityEvaluationConfig"
            " DeleteDataQualityEvaluationConfig"
        ),
    ),
    (
        f"dataQualityRuleset/{{RulesetNames}} {_DATA_SOURCE}",
        "StartDataQualityRulesetEvaluationRun",
    ),
    (
        f"dataQualityRuleset/{{CreatedRulesetName}} {_DATA_SOURCE}",
        "StartDataQualityRuleRecommendationRun",
    ),
    (
        "dataQualityRuleset/*",
        (
            "ListDataQualityRulesets ListDataQualityEvaluationConfigs"
            " GetDataQualityRulesetEvaluationRun BatchGetDataQualityRulesetEvaluationRun"
            " ListDataQualityRulesetEvaluationRuns CancelDataQualityRulesetEvaluationRun"
            " GetDataQualityRuleRecommendationRun ListDataQualityRuleRecommendationRuns"
            " CancelDataQualityRuleRecommendationRun GetDataQualityResult BatchGetDataQualityResult"
            " ListDataQualityResults GetDataQualityResultV2 BatchGetDataQualityResultV2"
            " ListDataQualityResultsV2 PublishDataQualityResultV2 GetDataQualityModel"
            " GetDataQualityModelResult ListDataQualityStatistics"
            " ListDataQualityStatisticAnnotations BatchPutDataQualityStatisticAnnotation"
            " PutDataQualityProfileAnnotation"
        ),
    ),
    (
        "customEntityType/{Name}",
        "CreateCustomEntityType GetCustomEntityType DeleteCustomEntityType",
    ),
    ("customEntityType/{Names}", "BatchGetCustomEntityTypes"),
    ("customEntityType/*", "ListCustomEntityTypes"),
)

REGISTRY: tuple[tuple[str, str], ...] = (
    ("registry/{RegistryName}", "CreateRegistry"),
    ("{@registry RegistryId}", "GetRegistry UpdateRegistry"),
    ("{@registry RegistryId} {@schemas RegistryId}", "DeleteRegistry"),
    ("registry/*", "ListRegistries"),
    ("{@registry RegistryId} {@schema RegistryId SchemaName}", "CreateSchema"),
    ("{@schemas RegistryId}", "ListSchemas"),
    (
        "{@schema SchemaId}",
        (
            "GetSchema UpdateSchema DeleteSchema GetSchemaVersion ListSchemaVersions"
            " RegisterSchemaVersion DeleteSchemaVersions GetSchemaByDefinition"
            " GetSchemaVersionsDiff PutSchemaVersionMetadata RemoveSchemaVersionMetadata"
            " QuerySchemaVersionMetadata"
        ),
    ),
    ("schema/*", "CheckSchemaVersionValidity"),
)

OTHER: tuple[tuple[str, str], ...] = (
    (
        "integration/*",
        (
            "CreateIntegration DescribeIntegrations DescribeInboundIntegrations DeleteIntegration"
            " ModifyIntegration ListIntegrationResourceProperties ListIntegrationTableProperties"
        ),
    ),
    (
        "{@arn ResourceArn}",
        (
            "CreateIntegrationResourceProperty GetIntegrationResourceProperty"
            " UpdateIntegrationResourceProperty DeleteIntegrationResourceProperty"
            " CreateIntegrationTableProperties GetIntegrationTableProperties"
            " UpdateIntegrationTableProperties DeleteIntegrationTableProperties"
        ),
    ),
    (
        "glossary/*",
        (
            "CreateGlossary GetGlossary UpdateGlossary DeleteGlossary ListGlossaries"
            " CreateGlossaryTerm GetGlossaryTerm UpdateGlossaryTerm DeleteGlossaryTerm"
            " ListGlossaryTerms"
        ),
    ),
    (
        "asset/*",
        (
            "AssociateGlossaryTerms DisassociateGlossaryTerms BatchGetIterableForms"
            " DeleteAsset DeleteAssetType DeleteAttachment DeleteFormType GetAsset GetAssetType"
            " GetFormType ListAssetTypes ListFormTypes ListIterableForms PutAsset PutAssetType"
            " PutAttachment PutFormType SearchAssets UpdateAsset"
        ),
    ),
    (
        "identityCenterConfiguration/*",
        (
            "CreateGlueIdentityCenterConfiguration GetGlueIdentityCenterConfiguration"
            " UpdateGlueIdentityCenterConfiguration DeleteGlueIdentityCenterConfiguration"
        ),
    ),
)

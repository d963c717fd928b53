/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Information Elements, with their names in IANA's IPFIX registry.
 */
#ifndef NFL_PROTOCOL_ELEMENTS_H
#define NFL_PROTOCOL_ELEMENTS_H

#define NFL_ELEMENTS(X)				\
	X(octetDeltaCount, 1)			\
	X(packetDeltaCount, 2)			\
	X(protocolIdentifier, 4)		\
	X(ipClassOfService, 5)			\
	X(tcpControlBits, 6)			\
	X(sourceTransportPort, 7)		\
	X(sourceIPv4Address, 8)			\
	X(sourceIPv4PrefixLength, 9)		\
	X(ingressInterface, 10)			\
	X(destinationTransportPort, 11)		\
	X(destinationIPv4Address, 12)		\
	X(destinationIPv4PrefixLength, 13)	\
	X(egressInterface, 14)			\
	X(ipNextHopIPv4Address, 15)		\
	X(flowEndSysUpTime, 21)			\
	X(flowStartSysUpTime, 22)		\
	X(sourceIPv6Address, 27)		\
	X(destinationIPv6Address, 28)		\
	X(sourceIPv6PrefixLength, 29)		\
	X(destinationIPv6PrefixLength, 30)	\
	X(flowLabelIPv6, 31)			\
	X(icmpTypeCodeIPv4, 32)			\
	X(igmpType, 33)				\
	X(samplingInterval, 34)			\
	X(samplingAlgorithm, 35)		\
	X(exportedOctetTotalCount, 40)		\
	X(exportedMessageTotalCount, 41)	\
	X(exportedFlowRecordTotalCount, 42)	\
	X(samplerId, 48)			\
	X(samplerMode, 49)			\
	X(samplerRandomInterval, 50)		\
	X(sourceMacAddress, 56)			\
	X(vlanId, 58)				\
	X(ipVersion, 60)			\
	X(flowDirection, 61)			\
	X(ipNextHopIPv6Address, 62)		\
	X(ipv6ExtensionHeaders, 64)		\
	X(mplsTopLabelStackSection, 70)		\
	X(mplsLabelStackSection2, 71)		\
	X(mplsLabelStackSection3, 72)		\
	X(mplsLabelStackSection4, 73)		\
	X(mplsLabelStackSection5, 74)		\
	X(mplsLabelStackSection6, 75)		\
	X(mplsLabelStackSection7, 76)		\
	X(mplsLabelStackSection8, 77)		\
	X(mplsLabelStackSection9, 78)		\
	X(mplsLabelStackSection10, 79)		\
	X(destinationMacAddress, 80)		\
	X(interfaceName, 82)			\
	X(interfaceDescription, 83)		\
	X(flowEndReason, 136)			\
	X(icmpTypeCodeIPv6, 139)		\
	X(meteringProcessId, 143)		\
	X(exportingProcessId, 144)		\
	X(templateId, 145)			\
	X(observationDomainId, 149)		\
	X(flowStartMilliseconds, 152)		\
	X(flowEndMilliseconds, 153)		\
	X(systemInitTimeMilliseconds, 160)	\
	X(observedFlowTotalCount, 163)		\
	X(ignoredPacketTotalCount, 164)		\
	X(ignoredOctetTotalCount, 165)		\
	X(notSentFlowTotalCount, 166)		\
	X(notSentPacketTotalCount, 167)		\
	X(notSentOctetTotalCount, 168)		\
	X(flowKeyIndicator, 173)		\
	X(ipv4Options, 208)			\
	X(tcpOptions, 209)			\
	X(postNATSourceIPv4Address, 225)	\
	X(postNATDestinationIPv4Address, 226)	\
	X(postNAPTSourceTransportPort, 227)	\
	X(postNAPTDestinationTransportPort, 228) \
	X(natEvent, 230)			\
	X(initiatorOctets, 231)			\
	X(responderOctets, 232)			\
	X(ingressVRFID, 234)			\
	X(egressVRFID, 235)			\
	X(VRFname, 236)				\
	X(dot1qVlanId, 243)			\
	X(dot1qPriority, 244)			\
	X(dot1qCustomerVlanId, 245)		\
	X(dot1qCustomerPriority, 246)		\
	X(ingressPhysicalInterface, 252)	\
	X(egressPhysicalInterface, 253)		\
	X(ethernetType, 256)			\
	X(postNATSourceIPv6Address, 281)	\
	X(postNATDestinationIPv6Address, 282)	\
	X(ipsecSPI, 295)			\
	X(initiatorPackets, 298)		\
	X(responderPackets, 299)		\
	X(observationDomainName, 300)		\
	X(selectorId, 302)			\
	X(selectorAlgorithm, 304)		\
	X(samplingPacketInterval, 305)		\
	X(samplingPacketSpace, 306)		\
	X(samplingSize, 309)			\
	X(samplingPopulation, 310)		\
	X(samplingProbability, 311)		\
	X(selectorIdTotalPktsObserved, 318)	\
	X(selectorIdTotalPktsSelected, 319)	\
	X(observationTimeMilliseconds, 323)	\
	X(monitoringIntervalStartMilliSeconds, 359) \
	X(flowSelectorAlgorithm, 390)		\
	X(selectorIDTotalFlowsObserved, 394)	\
	X(selectorIDTotalFlowsSelected, 395)	\
	X(samplingFlowInterval, 396)		\
	X(samplingFlowSpacing, 397)

enum nfl_element {
#define X(name, id) NFL_##name = id,
	NFL_ELEMENTS(X)
#undef X
};

/* The scope types of NetFlow v9; they are no field types (RFC 3954 section 6.1). */
enum nfl_scope {
	NFL_scopeSystem = 1,
	NFL_scopeInterface = 2,
};

#endif /* NFL_PROTOCOL_ELEMENTS_H */
